import type { ReconcileException, ReconcileFiles } from './reconcile.ts';

/** A file in the bucket. */
export interface ListedFile {
  /** After the last slash of its key. */
  readonly name: string;
  readonly bytes: number;
}

/** What a file's name says. `seq` is null where its pattern has none. */
export interface ParsedName {
  readonly office: string;
  /** YYYYMMDD; empty where the pattern has none. */
  readonly date: string;
  readonly seq: number | null;
}

/** A file that rows name. */
export interface NamedFile {
  readonly table: string;
  readonly file: string;
  readonly rows: number;
}

/** Makes a reader of names for a pattern such as `DE_{office}_APP_{date}_{seq}.DAT`; null: a name does not fit. */
export function nameReader(pattern: string): (name: string) => ParsedName | null {
  const groups: Readonly<Record<string, string>> = {
    '{office}': '(?<office>[A-Za-z0-9-]+)',
    '{date}': '(?<date>\\d{8})',
    '{seq}': '(?<seq>\\d{1,15})',
  };
  const source = pattern
    .split(/(\{office\}|\{date\}|\{seq\})/)
    .map((part) => groups[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  const expression = new RegExp(`^${source}$`);
  return (name) => {
    const found = expression.exec(name)?.groups;
    if (found === undefined) return null;
    const { office = '', date = '', seq } = found;
    return { office, date, seq: seq === undefined ? null : Number(seq) };
  };
}

/** A date as it stands in names: YYYYMMDD. */
export function compactDate(date: string): string {
  return date.replaceAll('-', '');
}

/**
 * What does not fit among the files of a day. `day`: those of the date; `before`: those of the last earlier day that
 * had any; `known`: names of all that were listed; `named`: files that rows of the day name.
 */
export function checkFiles(
  settings: ReconcileFiles,
  files: {
    readonly date: string;
    readonly day: readonly ListedFile[];
    readonly before: readonly ListedFile[];
    readonly known: ReadonlySet<string>;
    readonly named: readonly NamedFile[];
  },
): readonly ReconcileException[] {
  const read = nameReader(settings.name);
  const parsed = (listed: readonly ListedFile[]): readonly Numbered[] =>
    listed.flatMap(({ name }) => {
      const found = read(name);
      return found === null ? [] : [{ ...found, name }];
    });
  const day = parsed(files.day);
  return [
    ...files.day
      .filter(({ bytes }) => bytes === 0)
      .map(({ name }) =>
        exception('file-empty', { file: name, office: read(name)?.office ?? null, detail: 'it has no bytes' }),
      ),
    ...settings.offices.flatMap((office) => perOffice(office, day, files.date)),
    ...sequences(settings.sequence, day, parsed(files.before)),
    ...files.named.flatMap(({ table, file, rows }) => {
      const found = read(file);
      if (found === null)
        return [
          exception('file-name', {
            table,
            file,
            rows,
            detail: `rows name it, and it is not of the form ${settings.name}`,
          }),
        ];
      if (files.known.has(file)) return [];
      return [
        exception('file-absent', {
          table,
          file,
          rows,
          office: found.office,
          detail: 'rows name it, and it is not in the bucket',
        }),
      ];
    }),
  ];
}

interface Numbered extends ParsedName {
  readonly name: string;
}

/** An exception with what is known of it. */
export function exception(
  kind: ReconcileException['kind'],
  about: Partial<Omit<ReconcileException, 'kind'>> & { readonly detail: string },
): ReconcileException {
  return { kind, table: null, office: null, id: null, file: null, post: null, rows: null, created: null, ...about };
}

function perOffice(office: string, day: readonly Numbered[], date: string): readonly ReconcileException[] {
  const own = day.filter((file) => file.office === office);
  if (own.length === 0) return [exception('office-without-file', { office, detail: `no file of ${date} for it` })];
  if (own.length === 1) return [];
  const names = own.map(({ name }) => name).sort();
  return [exception('office-twice', { office, rows: own.length, file: names[0] ?? null, detail: names.join(', ') })];
}

function sequences(
  kind: ReconcileFiles['sequence'],
  day: readonly Numbered[],
  before: readonly Numbered[],
): readonly ReconcileException[] {
  if (kind === 'none') return [];
  if (kind === 'shared') return sequence(null, day, before);
  const offices = [...new Set(day.map(({ office }) => office))].sort();
  const of = (files: readonly Numbered[], office: string) => files.filter((file) => file.office === office);
  return offices.flatMap((office) => sequence(office, of(day, office), of(before, office)));
}

function sequence(
  office: string | null,
  day: readonly Numbered[],
  before: readonly Numbered[],
): readonly ReconcileException[] {
  const byNumber = new Map<number, string[]>();
  for (const { seq, name } of day) if (seq !== null) byNumber.set(seq, [...(byNumber.get(seq) ?? []), name]);
  const numbers = [...byNumber.keys()].sort((a, b) => a - b);
  const found: ReconcileException[] = [];
  for (const [seq, names] of byNumber) {
    const earlier = before.filter((file) => file.seq === seq).map(({ name }) => name);
    const all = [...earlier, ...names].sort();
    if (all.length > 1)
      found.push(exception('sequence-twice', { office, id: String(seq), rows: all.length, detail: all.join(', ') }));
  }
  let last = before.reduce((highest, { seq }) => Math.max(highest, seq ?? -1), -1);
  for (const next of numbers) {
    if (last >= 0 && next > last + 1) {
      const missing = next - last - 1;
      const range = missing === 1 ? String(last + 1) : `${last + 1}..${next - 1}`;
      found.push(
        exception('sequence-gap', { office, id: range, rows: missing, detail: `${last} is followed by ${next}` }),
      );
    }
    if (last >= 0 && next < last && !before.some(({ seq }) => seq === next))
      found.push(
        exception('sequence-gap', {
          office,
          id: String(next),
          file: byNumber.get(next)?.[0] ?? null,
          rows: 0,
          detail: `it lies before ${last}, the last one of the earlier day`,
        }),
      );
    last = Math.max(last, next);
  }
  return found;
}
