import { closeSync, openSync, writeSync } from 'node:fs';
import { readJsonLines } from './json-lines.ts';

/**
 * One line of what the load writes down, in the order in which it happened.
 * `refused`: made while there was no connection, so never sent · `published`: about to be sent · `confirmed`: the
 * broker took responsibility · `rejected`: the broker said no · `returned`: no queue for it · `delivered`: a consumer
 * got it.
 */
export type LoadRecord =
  | {
      readonly event: 'refused' | 'published' | 'confirmed' | 'rejected' | 'returned';
      readonly id: string;
      readonly at: number;
    }
  | {
      readonly event: 'delivered';
      readonly id: string;
      readonly at: number;
      readonly queue: string;
      /** What the broker says: it may have been delivered before. */
      readonly redelivered: boolean;
    };

/** Appends records to a file; each is handed to the kernel before the call returns, so a killed process loses none. */
export function openRecorder(path: string): { write(record: LoadRecord): void; close(): void } {
  const file = openSync(path, 'a', 0o600);
  return {
    write: (record) => {
      writeSync(file, `${JSON.stringify(record)}\n`);
    },
    close: () => {
      closeSync(file);
    },
  };
}

/** All records of a file; a last line that was torn by a kill is left out. A file that is not there has none. */
export async function readRecords(path: string): Promise<readonly LoadRecord[]> {
  return (await readJsonLines(path)) as readonly LoadRecord[];
}
