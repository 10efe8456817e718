import type { DrainedQueue, DrainManifest } from '../../core/drain.ts';
import type { RecordPlace } from './delivery-identity.ts';
import type { StoredRecord } from './read-item.ts';
import { recordFlag, recordSize } from './record-format.ts';
import { createRunIndex, type RecordRun } from './record-runs.ts';
import { scanDrain, type OpenTail } from './scan-drain.ts';

/** What verifying a drain from end to end gave. */
export interface CountedDrain {
  /** The manifest with counts of what is really there: an open one's tail is newer than its manifest. */
  readonly manifest: DrainManifest;
  readonly tail: OpenTail;
  /** By queue, the places of the last records that are no second copies, oldest first. */
  readonly last: readonly (readonly RecordPlace[])[];
  /** By queue, where its records lie, in their order. */
  readonly runs: readonly (readonly RecordRun[])[];
}

/** Whether a record is a proven second copy of another. */
export function isAgain(record: StoredRecord, queue: DrainedQueue | undefined): boolean {
  return (record.flags & recordFlag.again) !== 0 && queue?.doubted.includes(record.session) !== true;
}

/** Verifies every octet of a drain and counts its records. Damage is a Fault `drain.damaged`. */
export async function countRecords(dir: string, manifest: DrainManifest, keepLast: number): Promise<CountedDrain> {
  const queues = manifest.queues.map((queue) => ({ ...queue, records: 0, bytes: 0, again: 0, maybeAgain: 0 }));
  const last: RecordPlace[][] = manifest.queues.map(() => []);
  const index = createRunIndex(manifest.queues.length);
  const scan = scanDrain(dir, manifest);
  for (;;) {
    const { done, value } = await scan.next();
    if (done === true) return { manifest: { ...manifest, queues }, tail: value, last, runs: index.runs };
    for (const record of value) {
      const queue = queues[record.queue];
      const places = last[record.queue];
      if (queue === undefined || places === undefined) continue;
      const { number, file, bodyOffset, address, properties } = record;
      const offset = bodyOffset - recordSize - address.length - properties.length;
      index.add({ queue: record.queue, file, number, offset });
      const again = isAgain(record, queue);
      queue.records += 1;
      queue.bytes += record.bodySize;
      if (again) queue.again += 1;
      else if ((record.flags & (recordFlag.maybeAgain | recordFlag.again)) !== 0) queue.maybeAgain += 1;
      if (again || keepLast === 0) continue;
      places.push({
        file: record.file,
        bodyOffset: record.bodyOffset,
        addressSize: record.address.length,
        propertiesSize: record.properties.length,
        bodySize: record.bodySize,
      });
      if (places.length >= keepLast * 2) places.splice(0, places.length - keepLast);
    }
  }
}
