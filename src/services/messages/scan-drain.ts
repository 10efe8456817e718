import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName, type DrainManifest } from '../../core/drain.ts';
import { holdsCommit } from './commit-behind.ts';
import { damagedDrain } from './drain-fault.ts';
import type { StoredRecord } from './read-item.ts';
import { headSize } from './record-format.ts';
import { readSegment, type SegmentEnd } from './segment-reader.ts';

/** How the last, unsealed segment of an open drain ends; null when there is none. */
export type OpenTail = (SegmentEnd & { readonly number: number; readonly firstRecord: number }) | null;

const zeros = '0'.repeat(64);

/**
 * Reads all records of a drain in order, commit by commit, and checks each octet against checksums, the manifest and
 * the order. Returns how the tail ends. What is not as it was written is a Fault `drain.damaged`.
 */
export async function* scanDrain(
  dir: string,
  manifest: DrainManifest,
): AsyncGenerator<readonly StoredRecord[], OpenTail> {
  const queues = manifest.queues.length;
  let before = zeros;
  let firstRecord = 0;
  for (const [index, segment] of manifest.segments.entries()) {
    const path = join(dir, segment.name);
    const number = index + 1;
    const end = yield* readSegment({ path, drain: manifest.id, number, firstRecord, before, queues, sealed: true });
    if (end.records !== segment.records || end.bytes !== segment.bytes) {
      const found = { offset: end.bytes, record: firstRecord + end.records };
      throw damagedDrain(
        path,
        `it was cut: ${segment.records} records in ${segment.bytes} octets should be there`,
        found,
      );
    }
    if (end.sha256 !== segment.sha256) throw damagedDrain(path, 'its sha256 is not the one in the manifest');
    before = segment.sha256;
    firstRecord += segment.records;
  }
  if (manifest.state === 'complete') return null;
  const number = manifest.segments.length + 1;
  const path = join(dir, segmentName(number));
  // Begun while the tail was being sealed: nothing in it is committed before the tail is in the manifest.
  const after = join(dir, segmentName(number + 1));
  if (await holdsCommit(after, manifest.id)) throw damagedDrain(after, 'it is not in the manifest');
  if (!(await holdsHead(path))) return null;
  const end = yield* readSegment({ path, drain: manifest.id, number, firstRecord, before, queues, sealed: false });
  return { ...end, number, firstRecord };
}

/** A crash may leave a file that does not even hold its head: nothing was acknowledged by it. */
async function holdsHead(path: string): Promise<boolean> {
  return await stat(path).then(
    ({ size }) => size >= headSize,
    () => false,
  );
}
