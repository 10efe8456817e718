import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** One record as this checker reads it; shares no code with the program. */
export interface CheckedRecord {
  readonly seq: number;
  readonly at: string;
  readonly prev: string;
  readonly hash: string;
  readonly entry: { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** Reads a journal and throws at the first record whose number, link to the one before or hash is wrong. */
export async function checkJournal(path: string): Promise<readonly CheckedRecord[]> {
  const text = await readFile(path, 'utf8');
  if (!text.endsWith('\n')) throw new Error(`${path} does not end with a line end`);
  const records = text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as CheckedRecord);
  let prev = '0'.repeat(64);
  for (const [index, { seq, at, entry, prev: link, hash }] of records.entries()) {
    if (seq !== index) throw new Error(`line ${index + 1} is record ${seq}`);
    if (link !== prev) throw new Error(`record ${index} is not chained to the one before`);
    const computed = createHash('sha256').update(sorted({ seq, at, entry, prev })).digest('hex');
    if (computed !== hash) throw new Error(`record ${index} has another hash than its content`);
    prev = hash;
  }
  return records;
}

/** JSON with the keys of every object in order. */
export function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${sorted((value as Record<string, unknown>)[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
