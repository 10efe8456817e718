import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestEnvironment } from '../support/program.ts';

/** What tests look at in a journal's record. */
export interface SeenRecord {
  readonly at: string;
  readonly entry: {
    readonly type: string;
    readonly step?: string;
    readonly index?: number;
    readonly change?: { readonly kind: string };
    readonly changes?: readonly { readonly kind: string }[];
  };
}

/** The records of an environment's newest run, read without the product's code. */
export async function newestJournal(environment: TestEnvironment): Promise<readonly SeenRecord[]> {
  const runs = join(environment.dir, 'runs');
  const files = (await readdir(runs, { recursive: true })).filter((file) => file.endsWith('journal.jsonl'));
  const journals = await Promise.all(
    files.map(async (file) =>
      (await readFile(join(runs, file), 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SeenRecord),
    ),
  );
  return journals.sort((a, b) => ((a[0]?.at ?? '') < (b[0]?.at ?? '') ? -1 : 1)).at(-1) ?? [];
}

/** When each change of a kind was recorded as applied, in milliseconds since the epoch. */
export function appliedAt(records: readonly SeenRecord[], kind: string): readonly number[] {
  const intended = records.filter(({ entry }) => entry.type === 'change.intended' && entry.change?.kind === kind);
  return intended.flatMap((intent) =>
    records
      .filter(
        ({ entry }) =>
          entry.type === 'change.applied' && entry.step === intent.entry.step && entry.index === intent.entry.index,
      )
      .map(({ at }) => Date.parse(at)),
  );
}
