import type { DrainedQueue, DrainManifest } from '../../core/drain.ts';
import type { Disk } from './disk.ts';
import { writeManifest } from './manifest-writer.ts';
import { recordFlag } from './record-format.ts';
import { openSegment, type SegmentStart, type SegmentWriter } from './segment-writer.ts';

/** The growing part of a drain: segments and manifest. */
export interface DrainStore {
  manifest(): DrainManifest;
  /** Changes what is known of a queue; on disk with the next `save` or the next sealed segment. */
  queue(index: number, change: Partial<DrainedQueue>): void;
  begin(
    queue: number,
    flags: number,
    bodySize: number,
    address: Buffer,
    from: Buffer,
    propertiesAt: number,
    propertiesTo: number,
  ): void;
  body(bytes: Buffer, from: number, to: number): void;
  end(flags: number): void;
  /** Octets that are being written: memory. */
  inFlight(): number;
  /** Only between records, one at a time: resolves when all records are on the disk. A full segment is sealed by it. */
  commit(): Promise<void>;
  save(): Promise<void>;
  /** Seals the last segment and completes the manifest. */
  complete(): Promise<void>;
  /** Closes the file as it is; what is committed can be resumed. */
  abandon(): Promise<void>;
}

/** Where the store goes on, and when a segment is full. */
export interface StoreStart {
  readonly dir: string;
  readonly manifest: DrainManifest;
  readonly tail: SegmentStart['there'];
  readonly disk?: Disk | undefined;
  /** Octets after which a segment is sealed. */
  readonly segmentBytes: number;
}

type Counted = { -readonly [K in keyof DrainedQueue]: DrainedQueue[K] };

/** Opens the last segment of a drain whose manifest is on disk; `manifest.sessions` is this session's number. */
export function openStore({ dir, tail, disk, segmentBytes, ...start }: StoreStart): DrainStore {
  let { manifest } = start;
  const session = manifest.sessions;
  const drain = Buffer.from(manifest.id, 'hex');
  const counted: Counted[] = manifest.queues.map((queue) => ({ ...queue }));
  const queues = (): DrainedQueue[] => counted.map((queue) => ({ ...queue }));
  let size = 0;
  const next = (there: SegmentStart['there']): SegmentWriter => {
    const last = manifest.segments.at(-1);
    return openSegment({
      dir,
      drain,
      number: manifest.segments.length + 1,
      firstRecord: last === undefined ? 0 : last.firstRecord + last.records,
      before: Buffer.from(last?.sha256 ?? '0'.repeat(64), 'hex'),
      there,
      ...(disk === undefined ? {} : { disk }),
    });
  };
  let segment = next(tail);
  let current = 0;
  let writing: Promise<void> = Promise.resolve();

  /** One after the other: two at once would put one's half-written file in the place of the other's. */
  const write = (written: DrainManifest): Promise<void> => {
    const done = writing.then(() => writeManifest(dir, written));
    writing = done.catch(() => undefined);
    return done;
  };

  const update = (index: number, change: Partial<DrainedQueue>): void => {
    const queue = counted[index];
    if (queue !== undefined) Object.assign(queue, change);
  };
  const seal = async (follow: boolean, state: DrainManifest['state']): Promise<void> => {
    const { segment: sealed, done } = segment.seal(session);
    manifest = { ...manifest, state, segments: [...manifest.segments, sealed], queues: queues() };
    const written = manifest;
    if (follow) segment = next(null);
    await done;
    await write(written);
  };

  return {
    manifest: () => ({ ...manifest, queues: queues() }),
    queue: update,
    begin(queue, flags, bodySize, address, from, propertiesAt, propertiesTo) {
      current = queue;
      size = bodySize;
      const inQueue = counted[queue]?.records ?? 0;
      segment.begin({ session, queue, inQueue, flags, bodySize }, address, from, propertiesAt, propertiesTo);
    },
    body(bytes, from, to) {
      segment.body(bytes, from, to);
    },
    end(flags) {
      segment.end();
      const queue = counted[current];
      if (queue === undefined) return;
      queue.records += 1;
      queue.bytes += size;
      if ((flags & recordFlag.again) !== 0) queue.again += 1;
      if ((flags & recordFlag.maybeAgain) !== 0) queue.maybeAgain += 1;
    },
    inFlight: () => segment.inFlight(),
    commit: () => (segment.size() >= segmentBytes ? seal(true, 'open') : segment.commit(session)),
    async save() {
      manifest = { ...manifest, queues: queues() };
      await write(manifest);
    },
    async complete() {
      await seal(false, 'complete');
    },
    async abandon() {
      await segment.abandon();
      await writing;
    },
  };
}
