import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrainedQueue, DrainManifest } from '../../core/drain.ts';
import { countRecords, type CountedDrain } from './count-records.ts';
import { commitMagic, commitSize, headSize, recordFlag, recordMagic, recordSize } from './record-format.ts';
import { createRunIndex } from './record-runs.ts';

/** A verified drain: counts of what is really there, and by queue where its records lie. */
export type IndexedDrain = Pick<CountedDrain, 'manifest' | 'runs'>;

const pageSize = 1 << 20;

/**
 * Verifies every octet of a drain against the digests of its manifest, and finds its records by their sizes alone: each
 * is checked once more when it is read. An open drain, and one whose digests don't hold, is read record by record, which
 * says what is damaged and where (Fault `drain.damaged`).
 */
export async function indexDrain(dir: string, manifest: DrainManifest): Promise<IndexedDrain> {
  const fast = manifest.state === 'complete' ? await walkAll(dir, manifest) : null;
  return fast ?? (await countRecords(dir, manifest, 0));
}

type Counted = { -readonly [K in keyof DrainedQueue]: DrainedQueue[K] };

async function walkAll(dir: string, manifest: DrainManifest): Promise<IndexedDrain | null> {
  const queues: Counted[] = manifest.queues.map((queue) => ({
    ...queue,
    ...{ records: 0, bytes: 0, again: 0, maybeAgain: 0 },
  }));
  const index = createRunIndex(queues.length);
  const page = Buffer.allocUnsafeSlow(pageSize);
  for (const { name, sha256, bytes, firstRecord, records } of manifest.segments) {
    const file = join(dir, name);
    let number = firstRecord;
    const stray = { found: false };
    const walked = await walk(file, page, (at, offset) => {
      const queueIndex = page.readUInt32BE(at + 24);
      const bodySize = bodySizeAt(page, at);
      index.add({ queue: queueIndex, file, number, offset });
      number += 1;
      const queue = queues[queueIndex];
      if (queue === undefined) {
        stray.found = true;
        return;
      }
      const flags = page.readUInt8(at + 46);
      const again = (flags & recordFlag.again) !== 0 && !queue.doubted.includes(page.readUInt32BE(at + 20));
      queue.records += 1;
      queue.bytes += bodySize;
      if (again) queue.again += 1;
      else if ((flags & (recordFlag.maybeAgain | recordFlag.again)) !== 0) queue.maybeAgain += 1;
    }).catch(() => null);
    if (stray.found || walked?.sha256 !== sha256 || walked.bytes !== bytes || number !== firstRecord + records)
      return null;
  }
  return { manifest: { ...manifest, queues }, runs: index.runs };
}

function bodySizeAt(page: Buffer, at: number): number {
  return page.readUInt32BE(at + 32) * 0x100000000 + page.readUInt32BE(at + 36);
}

/** Goes from record to record; `found` gets where in the page, and where in the file, one begins. Null: it is no segment. */
async function walk(
  path: string,
  page: Buffer,
  found: (at: number, offset: number) => void,
): Promise<{ readonly sha256: string; readonly bytes: number } | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const hash = createHash('sha256');
    let kept = 0;
    let base = 0;
    let skip = headSize;
    for (;;) {
      const { bytesRead } = await file.read(page, kept, page.length - kept, null);
      if (bytesRead === 0) return kept === 0 && skip === 0 ? { sha256: hash.digest('hex'), bytes: base } : null;
      const end = kept + bytesRead;
      hash.update(page.subarray(kept, end));
      let at = 0;
      for (;;) {
        const passed = Math.min(skip, end - at);
        at += passed;
        skip -= passed;
        if (end - at < recordSize && (end - at < commitSize || page.readUInt32BE(at) !== commitMagic)) break;
        const magic = page.readUInt32BE(at);
        if (magic === commitMagic) skip = commitSize;
        else if (magic !== recordMagic) return null;
        else {
          found(at, base + at);
          skip = recordSize + page.readUInt16BE(at + 44) + page.readUInt32BE(at + 40) + bodySizeAt(page, at) + 4;
        }
      }
      page.copy(page, 0, at, end);
      kept = end - at;
      base += at;
    }
  } finally {
    await file.close();
  }
}
