import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../captures/durable-file.ts';
import { readLedger, type LedgerLine, type LedgerReading } from './ledger-reader.ts';

/** An append-only record of what a restore announced and what was confirmed. */
export interface Ledger {
  /** What it held when it was opened. */
  readonly before: LedgerReading;
  /** On the disk when it resolves. */
  append(...lines: readonly LedgerLine[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens or creates a ledger (0600); a torn last line is cut off. */
export async function openLedger(path: string): Promise<Ledger> {
  const before = await readLedger(path);
  const file = await open(path, 'a', 0o600);
  await file.truncate(before.bytes);
  await syncFolder(dirname(path));
  let last: Promise<void> = Promise.resolve();
  return {
    before,
    append(...lines) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const appended = last.then(async () => {
        await file.appendFile(text);
        await file.datasync();
      });
      last = appended.catch(() => undefined);
      return appended;
    },
    async close() {
      await last;
      await file.close();
    },
  };
}
