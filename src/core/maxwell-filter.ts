/** What Maxwell's `filter` setting lets through, as far as it can be told by table. */
export type TableFilter =
  | { readonly applies: true; readonly lets: (schema: string, table: string) => boolean }
  /** The expression uses something that is not understood here; all rows are counted, and this says why. */
  | { readonly applies: false; readonly why: string };

interface Rule {
  readonly include: boolean;
  readonly schema: (name: string) => boolean;
  readonly table: (name: string) => boolean;
}

/**
 * Reads a filter expression: `include:` and `exclude:` (or `blacklist:`) rules for `db.table`, separated by commas, each
 * part a name, a quoted name, `*` or a `/regular expression/`. The last rule that matches decides; without one a table
 * is let through. Conditions on columns and scripts are not understood.
 */
export function readTableFilter(expression: string): TableFilter {
  const rules: Rule[] = [];
  let rest = expression.trim();
  while (rest !== '') {
    const part = '(\\*|`[^`]+`|"[^"]+"|\'[^\']+\'|/(?:[^/\\\\]|\\\\.)+/|[\\w$-]+)';
    const match = new RegExp(`^(include|exclude|blacklist)\\s*:\\s*${part}\\s*\\.\\s*${part}\\s*(?:,\\s*|$)`, 'i').exec(
      rest,
    );
    if (match === null) return { applies: false, why: `this part of Maxwell's filter is not understood: ${rest}` };
    const [whole, kind = '', schema = '', table = ''] = match;
    try {
      rules.push({ include: kind.toLowerCase() === 'include', schema: matcher(schema), table: matcher(table) });
    } catch {
      return { applies: false, why: `this part of Maxwell's filter is no regular expression here: ${whole.trim()}` };
    }
    rest = rest.slice(whole.length);
  }
  return {
    applies: true,
    lets: (schema, table) =>
      rules.reduce((let_, rule) => (rule.schema(schema) && rule.table(table) ? rule.include : let_), true),
  };
}

function matcher(part: string): (name: string) => boolean {
  if (part === '*') return () => true;
  if (part.startsWith('/')) {
    const pattern = new RegExp(part.slice(1, -1));
    return (name) => pattern.test(name);
  }
  const plain = /^[`"']/.test(part) ? part.slice(1, -1) : part;
  return (name) => name === plain;
}
