/* Templates of load types: text with `${name}` and `${date:YYYYMMDD}`; `$${` is a plain `${`. */

/** A placeholder of a template: its name, and what stands after a colon. */
export interface Placeholder {
  readonly name: string;
  readonly form: string | null;
}

const placeholder = /\$(\$\{)|\$\{([^}:]*)(?::([^}]*))?\}/g;

/** Its placeholders, in order. */
export function placeholdersOf(template: string): readonly Placeholder[] {
  return [...template.matchAll(placeholder)].flatMap(([, plain, name = '', form]) =>
    plain === undefined ? [{ name, form: form ?? null }] : [],
  );
}

/** The text with every placeholder replaced by what `value` makes of it, given the text around it. */
export function fillTemplate(
  template: string,
  value: (placeholder: Placeholder) => string,
  literal: (text: string) => string = (text) => text,
): string {
  let out = '';
  let at = 0;
  for (const match of template.matchAll(placeholder)) {
    const [whole, plain, name = '', form] = match;
    out += literal(template.slice(at, match.index) + (plain ?? ''));
    if (plain === undefined) out += value({ name, form: form ?? null });
    at = match.index + whole.length;
  }
  return out + literal(template.slice(at));
}

/** A date (`2026-03-29`) in a form made of YYYY, YY, MM and DD. Default: as it is. */
export function dateInForm(date: string, form: string | null): string {
  if (form === null) return date;
  const [year = '', month = '', day = ''] = date.split('-');
  return form.replaceAll('YYYY', year).replaceAll('YY', year.slice(2)).replaceAll('MM', month).replaceAll('DD', day);
}
