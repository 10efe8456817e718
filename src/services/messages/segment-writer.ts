import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { segmentName, type DrainSegment } from '../../core/drain.ts';
import { systemDisk, type Disk } from './disk.ts';
import { commitOctets, commitSize, recordMagic, recordSize, segmentHead } from './record-format.ts';

/** What a record begins with. */
export interface RecordStart {
  readonly session: number;
  readonly queue: number;
  readonly inQueue: number;
  readonly flags: number;
  readonly bodySize: number;
}

/** Where a writer goes on. */
export interface SegmentStart {
  readonly dir: string;
  /** The drain's id, 16 octets. */
  readonly drain: Buffer;
  readonly number: number;
  readonly firstRecord: number;
  /** sha256 of the segment before, 32 octets. */
  readonly before: Buffer;
  /** Records and size of what the file holds already, and its digest so far; null for a new file. */
  readonly there: { readonly records: number; readonly bytes: number; readonly hash: Hash } | null;
  readonly disk?: Disk;
}

/** Appends records to one segment file. What it rejects with is the system's error: the caller knows what it means. */
export interface SegmentWriter {
  /** Octets in the file, or on their way to it. */
  size(): number;
  /** Octets that are being written: memory. */
  inFlight(): number;
  /** Begins a record; its body follows in pieces, then `end`. The octets are copied at once. */
  begin(start: RecordStart, address: Buffer, from: Buffer, propertiesAt: number, propertiesTo: number): void;
  body(bytes: Buffer, from: number, to: number): void;
  end(): void;
  /** Only between records: puts all records on the disk. Resolves when a sync returned after they were written. */
  commit(session: number): Promise<void>;
  /** The last commit: what the file is from now on, known at once, and when it is on the disk and closed. */
  seal(session: number): { readonly segment: DrainSegment; readonly done: Promise<void> };
  /** Leaves the file as it is. */
  abandon(): Promise<void>;
}

const pageSize = 1 << 20;
const spares = 8;

/** Creates the segment (0600, never over another file) or goes on behind what it holds. */
export function openSegment(start: SegmentStart): SegmentWriter {
  const { dir, drain, there, disk = systemDisk } = start;
  const name = segmentName(start.number);
  const fd = openSync(join(dir, name), there === null ? 'wx' : 'r+', 0o600);
  const hash = there?.hash ?? createHash('sha256');
  let page: Buffer = Buffer.allocUnsafeSlow(pageSize);
  let at = 0;
  let handed = 0;
  let position = there?.bytes ?? 0;
  let inFlight = 0;
  let count = there?.records ?? 0;
  let crc = 0;
  let failure: Error | null = null;
  let last: Promise<void> = Promise.resolve();
  let syncing: Promise<unknown> = Promise.resolve();
  // The number of a closed file is soon another file's: nothing may be written or synced by it any more.
  let closed = false;
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed = true;
    closing ??= last.then(() => syncing).then(() => closeSync(fd));
    return closing;
  };
  const spare: Buffer[] = [];

  /** Hands what is new on the page to the disk; a full page comes back when it is written. */
  const flush = (full: boolean): void => {
    const part = page.subarray(handed, at);
    const { length } = part;
    const done = page;
    if (length > 0) {
      hash.update(part);
      inFlight += length;
      const to = position;
      // One after the other: a commit must never be in the file before what it covers, wherever a kill hits.
      last = last
        .then(() => (failure === null && !closed ? disk.write(fd, part, to) : undefined))
        .catch((error: unknown) => {
          failure ??= error as Error;
        })
        .then(() => {
          inFlight -= length;
          if (full && done.length === pageSize && spare.length < spares) spare.push(done);
        });
      position += length;
      handed = at;
    }
    if (full) {
      page = spare.pop() ?? Buffer.allocUnsafeSlow(pageSize);
      at = 0;
      handed = 0;
    }
  };
  const room = (size: number): void => {
    if (page.length - at >= size) return;
    flush(true);
    if (size > page.length) page = Buffer.allocUnsafeSlow(size);
  };
  const settle = async (): Promise<void> => {
    await last;
    if (failure !== null) throw failure;
  };
  const synced = async (): Promise<void> => {
    await settle();
    if (closed) throw new Error('the segment is closed');
    const done = disk.sync(fd);
    syncing = done.catch(() => undefined);
    await done;
  };
  const append = (session: number): void => {
    room(commitSize);
    at += commitOctets(drain, start.firstRecord + count, session).copy(page, at);
    flush(false);
  };

  if (there === null) at += segmentHead(drain, start.number, start.firstRecord, start.before).copy(page, at);

  return {
    size: () => position + at - handed,
    inFlight: () => inFlight,
    begin({ session, queue, inQueue, flags, bodySize }, address, from, propertiesAt, propertiesTo) {
      const properties = propertiesTo - propertiesAt;
      const headEnd = recordSize + address.length + properties;
      room(headEnd);
      page.writeUInt32BE(recordMagic, at);
      drain.copy(page, at + 8, 0, 8);
      page.writeUInt32BE(start.firstRecord + count, at + 16);
      page.writeUInt32BE(session, at + 20);
      page.writeUInt32BE(queue, at + 24);
      page.writeUInt32BE(inQueue, at + 28);
      page.writeUInt32BE(Math.floor(bodySize / 0x100000000), at + 32);
      page.writeUInt32BE(bodySize % 0x100000000, at + 36);
      page.writeUInt32BE(properties, at + 40);
      page.writeUInt16BE(address.length, at + 44);
      page.writeUInt16BE(flags << 8, at + 46);
      address.copy(page, at + recordSize);
      from.copy(page, at + recordSize + address.length, propertiesAt, propertiesTo);
      crc = crc32(page.subarray(at + 8, at + headEnd));
      page.writeUInt32BE(crc, at + 4);
      at += headEnd;
    },
    body(bytes, from, to) {
      crc = crc32(bytes.subarray(from, to), crc);
      for (let done = from; done < to;) {
        if (at === page.length) flush(true);
        const copied = bytes.copy(page, at, done, to);
        at += copied;
        done += copied;
      }
    },
    end() {
      room(4);
      page.writeUInt32BE(crc, at);
      at += 4;
      count += 1;
    },
    async commit(session) {
      append(session);
      await synced();
    },
    seal(session) {
      append(session);
      const done = synced().finally(close);
      const segment = { name, bytes: position, records: count, firstRecord: start.firstRecord };
      return { segment: { ...segment, sha256: hash.digest('hex') }, done };
    },
    abandon: close,
  };
}
