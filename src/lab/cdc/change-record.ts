import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { readJsonLines } from '../json-lines.ts';

/** What was done to a row. */
export type ChangeKind = 'insert' | 'update' | 'delete';

/**
 * One line of what the rows' writer and the consumer of changes write down. A change is named by table, kind and the
 * mark in its row: a deletion carries the mark of the change before it. `at` is the clock of whoever wrote it.
 * `committing`: the transaction is about to be committed · `committed`: the database said so · `gave-up`: it is not
 * known whether it was, or it was rolled back · `delivered`: a message about it reached the consumer.
 */
export type ChangeRecord =
  | {
      readonly event: 'committing';
      readonly transaction: string;
      readonly at: number;
      readonly changes: readonly string[];
    }
  | { readonly event: 'committed' | 'gave-up'; readonly transaction: string; readonly at: number }
  | {
      readonly event: 'delivered';
      readonly change: string;
      readonly at: number;
      /** Maxwell's number of the transaction. */
      readonly xid: number;
      /** `file:offset` where the message carries it. */
      readonly position: string | undefined;
      /** What the broker says: it may have been delivered before. */
      readonly redelivered: boolean;
    }
  | { readonly event: 'strange'; readonly at: number; readonly text: string };

/** Name of a change. */
export function changeName(table: string, kind: ChangeKind, mark: string): string {
  return `${table}/${kind}/${mark}`;
}

/** Milliseconds between two syncs of a record to the disk. */
const syncEvery = 500;

/** Appends to a record; the kernel has each line before the call returns, the disk has it half a second later. */
export function openChangeRecorder(path: string): { write(record: ChangeRecord): void; close(): void } {
  const file = openSync(path, 'a', 0o600);
  let dirty = false;
  const syncing = setInterval(() => {
    if (!dirty) return;
    dirty = false;
    fdatasync(file, () => undefined);
  }, syncEvery);
  return {
    write: (record) => {
      writeSync(file, `${JSON.stringify(record)}\n`);
      dirty = true;
    },
    close: () => {
      clearInterval(syncing);
      closeSync(file);
    },
  };
}

/** All records of a file; a last line that was torn by a kill is left out. A file that is not there has none. */
export async function readChangeRecords(path: string): Promise<readonly ChangeRecord[]> {
  return (await readJsonLines(path)) as readonly ChangeRecord[];
}
