import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { damagedDrain, diskTrouble } from './drain-fault.ts';
import { openWindow } from './file-window.ts';
import { readItem, type StoredRecord } from './read-item.ts';
import type { RecordRun } from './record-runs.ts';

/** Small, since as many of these are open at once as queues are restored side by side. */
const chunk = 1 << 18;

/** Reads a run's records, each checked once more against its checksum; at most `size` at a time. */
export async function* readRun(
  run: RecordRun,
  drain: string,
  size: number,
): AsyncGenerator<readonly StoredRecord[], void> {
  const half = Buffer.from(drain, 'hex').subarray(0, 8);
  const file = await open(run.file, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    throw damagedDrain(run.file, diskTrouble(error));
  });
  try {
    const window = openWindow(file, { from: run.offset, chunk, digest: false });
    let records: StoredRecord[] = [];
    for (let number = run.first; number < run.first + run.records;) {
      const offset = window.offset();
      const read = readItem(window, half, number, run.file);
      const item = read instanceof Promise ? await read : read;
      if (item === 'commit') continue;
      if (item === 'end' || 'wrong' in item) {
        const why = item === 'end' ? 'it ends before all its records' : item.wrong;
        throw damagedDrain(run.file, why, { offset, record: number });
      }
      records.push(item);
      number += 1;
      if (records.length < size) continue;
      yield records;
      records = [];
    }
    if (records.length > 0) yield records;
  } finally {
    await file.close();
  }
}
