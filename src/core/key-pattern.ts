/** What the name of a key says. */
export interface KeyParts {
  /** `yyyy-MM-dd`; null when the key names no whole date. */
  readonly date: string | null;
  readonly office: string | null;
  readonly sequence: bigint | null;
}

/** What is known of a key beforehand. */
export interface KnownParts {
  /** `yyyy-MM-dd` */
  readonly date?: string;
  readonly office?: string;
  readonly loadType?: string;
}

/** A template of keys (see {@link import('./load-type.ts').LoadType}), to be read as well as filled in. */
export interface KeyPattern {
  /** Whether keys name a Local Office, a number, and any part of a date. */
  readonly has: { readonly office: boolean; readonly sequence: boolean; readonly date: boolean };
  /** The parts of a key that fits as a whole; null for one that does not. */
  match(key: string): KeyParts | null;
  /** With what is known filled in: up to the first part that is not known (for a listing), or with `?` in its place. */
  fill(known: KnownParts, unknown: 'stop' | 'mark'): string;
}

type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'year' | 'shortYear' | 'month' | 'day' | 'office' | 'loadType' | 'other' }
  | { readonly is: 'sequence'; readonly width: number | null };

/**
 * Understands `${date}`, `${date:YYYYMMDD}` (YYYY, YY, MM, DD and other characters), `${office}` (letters and digits),
 * `${seq}` (digits; `${seq:8}` for exactly eight), `${loadType}`, `$${` for a plain `${`; any other name is a parameter of
 * the run and stands for anything but a slash. A part that comes twice means the same both times. A text without an
 * end, such as `${dat`, is taken as it is.
 */
export function parseKeyPattern(template: string): KeyPattern {
  const parts = [...template.matchAll(/\$\$\{|\$\{([A-Za-z][\w-]*)(?::([^{}]*))?\}|[^$]+|\$/g)].flatMap(
    ([token, name, form]): readonly Part[] => (name === undefined ? [plain(token)] : partsOf(name, form ?? null)),
  );
  const expression = expressionOf(parts);
  const has = (...kinds: readonly Part['is'][]): boolean => parts.some((part) => kinds.includes(part.is));
  return {
    has: { office: has('office'), sequence: has('sequence'), date: has('year', 'shortYear', 'month', 'day') },
    match: (key) => readParts(expression.exec(key)),
    fill: (known, unknown) => filled(parts, known, unknown),
  };
}

function plain(token: string): Part {
  return { is: 'text', text: token === '$${' ? '${' : token };
}

function partsOf(name: string, form: string | null): readonly Part[] {
  switch (name) {
    case 'date':
      return [...(form ?? 'YYYY-MM-DD').matchAll(/YYYY|YY|MM|DD|./gs)].map(
        ([token]) => dateParts[token] ?? plain(token),
      );
    case 'office':
    case 'loadType':
      return [{ is: name }];
    case 'seq':
      return [{ is: 'sequence', width: /^[1-9]\d?$/.test(form ?? '') ? Number(form) : null }];
    default:
      return [{ is: 'other' }];
  }
}

const dateParts: Readonly<Record<string, Part>> = {
  YYYY: { is: 'year' },
  YY: { is: 'shortYear' },
  MM: { is: 'month' },
  DD: { is: 'day' },
};

const sources = {
  year: String.raw`\d{4}`,
  shortYear: String.raw`\d{2}`,
  month: String.raw`\d{2}`,
  day: String.raw`\d{2}`,
  office: '[A-Za-z0-9]+',
  loadType: '[^/]+',
} as const;

function expressionOf(parts: readonly Part[]): RegExp {
  const seen = new Set<string>();
  const source = parts.map((part) => {
    if (part.is === 'text') return part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (part.is === 'other') return '[^/]+';
    if (seen.has(part.is)) return `\\k<${part.is}>`;
    seen.add(part.is);
    if (part.is === 'sequence') return `(?<sequence>\\d{${part.width === null ? '1,30' : part.width}})`;
    return `(?<${part.is}>${sources[part.is]})`;
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

function readParts(match: RegExpExecArray | null): KeyParts | null {
  if (match === null) return null;
  const { year, shortYear, month, day, office, sequence } = match.groups ?? {};
  // Both years in one key have to be the same.
  if (year !== undefined && shortYear !== undefined && !year.endsWith(shortYear)) return null;
  const whole = year ?? (shortYear === undefined ? undefined : `20${shortYear}`);
  return {
    date: whole === undefined || month === undefined || day === undefined ? null : `${whole}-${month}-${day}`,
    office: office ?? null,
    sequence: sequence === undefined ? null : BigInt(sequence),
  };
}

function filled(parts: readonly Part[], known: KnownParts, unknown: 'stop' | 'mark'): string {
  let text = '';
  for (const part of parts) {
    const value = valueOf(part, known);
    if (value !== null) text += value;
    else if (unknown === 'stop') return text;
    else text += '?'.repeat(part.is === 'sequence' ? (part.width ?? 1) : 1);
  }
  return text;
}

function valueOf(part: Part, { date, office, loadType }: KnownParts): string | null {
  switch (part.is) {
    case 'text':
      return part.text;
    case 'year':
      return date?.slice(0, 4) ?? null;
    case 'shortYear':
      return date?.slice(2, 4) ?? null;
    case 'month':
      return date?.slice(5, 7) ?? null;
    case 'day':
      return date?.slice(8, 10) ?? null;
    case 'office':
      return office ?? null;
    case 'loadType':
      return loadType ?? null;
    case 'sequence':
    case 'other':
      return null;
    default:
      return part satisfies never;
  }
}
