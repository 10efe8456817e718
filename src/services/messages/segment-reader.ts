import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { commitBehind } from './commit-behind.ts';
import { damagedDrain, diskTrouble } from './drain-fault.ts';
import { openWindow } from './file-window.ts';
import { readItem, type Item, type StoredRecord } from './read-item.ts';
import { headSize, readSegmentHead } from './record-format.ts';

/** What a segment should be. */
export interface ExpectedSegment {
  readonly path: string;
  /** The drain's id, hex. */
  readonly drain: string;
  readonly number: number;
  readonly firstRecord: number;
  /** sha256 of the segment before, hex; zeros for the first. */
  readonly before: string;
  /** Queues in the manifest: records name them by their place there. */
  readonly queues: number;
  /** Sealed: anything behind the last commit is damage. Otherwise it is a torn tail, which is left out. */
  readonly sealed: boolean;
}

/** How a segment ends. */
export interface SegmentEnd {
  readonly records: number;
  /** Octets up to and with the last commit, and octets behind it. */
  readonly bytes: number;
  readonly torn: number;
  /** Of the whole file; empty when it has a torn tail. */
  readonly sha256: string;
}

/**
 * Reads a segment from its beginning, checks every octet, and yields its records commit by commit. Anything that is
 * not as it was written is a Fault `drain.damaged` that names file, octet and record.
 */
export async function* readSegment(expected: ExpectedSegment): AsyncGenerator<readonly StoredRecord[], SegmentEnd> {
  const { path, drain, sealed } = expected;
  const half = Buffer.from(drain, 'hex').subarray(0, 8);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw damagedDrain(path, diskTrouble(error));
    },
  );
  try {
    if (!(await file.stat()).isFile()) throw damagedDrain(path, 'it is not a regular file');
    const window = openWindow(file);
    await window.fill(headSize);
    checkHead(expected, window.bytes);
    window.at = headSize;
    let records: StoredRecord[] = [];
    let number = expected.firstRecord;
    let committed = { records: 0, bytes: headSize };
    for (;;) {
      const offset = window.offset();
      const read = readItem(window, half, number, path);
      const item = known(read instanceof Promise ? await read : read, expected.queues);
      if (item === 'commit') {
        committed = { records: number - expected.firstRecord, bytes: window.offset() };
        if (records.length > 0) yield records;
        records = [];
      } else if (item === 'end' && records.length === 0) {
        return { ...committed, torn: 0, sha256: window.digest() };
      } else if (item === 'end' || 'wrong' in item) {
        const why = item === 'end' ? 'it ends before the records at its end were committed' : item.wrong;
        if (sealed || (await commitBehind(file, offset + 1, half))) {
          throw damagedDrain(path, why, { offset, record: number });
        }
        return { ...committed, torn: (await file.stat()).size - committed.bytes, sha256: '' };
      } else {
        records.push(item);
        number += 1;
      }
    }
  } finally {
    await file.close();
  }
}

function known(item: Item, queues: number): Item {
  return typeof item === 'object' && 'queue' in item && item.queue >= queues
    ? { wrong: 'a record of a queue that the manifest does not name is here' }
    : item;
}

function checkHead(expected: ExpectedSegment, bytes: Buffer): void {
  const { path } = expected;
  const head = readSegmentHead(bytes);
  if (typeof head === 'string') throw damagedDrain(path, head);
  if (head.drain !== expected.drain) throw damagedDrain(path, `it belongs to another drain (${head.drain})`);
  if (head.number !== expected.number) {
    throw damagedDrain(path, `it is segment ${head.number} of its drain, not ${expected.number}`);
  }
  if (head.before !== expected.before) throw damagedDrain(path, 'it does not follow the segment that is before it');
  if (head.firstRecord !== expected.firstRecord) {
    throw damagedDrain(path, `it begins with record ${head.firstRecord}, not ${expected.firstRecord}`);
  }
}
