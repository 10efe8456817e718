import { crc32 } from 'node:zlib';
import type { FileWindow } from './file-window.ts';
import { commitMagic, commitSize, recordMagic, recordSize } from './record-format.ts';

/** One record as it lies on disk. */
export interface StoredRecord {
  /** Counts from 0 through the whole drain. */
  readonly number: number;
  readonly session: number;
  /** Index of the queue in the manifest, and the message's number in it in this drain (from 0). */
  readonly queue: number;
  readonly inQueue: number;
  readonly flags: number;
  /** Exchange and routing key, as two short strings. */
  readonly address: Buffer;
  /** Property flags and properties, as on the wire. */
  readonly properties: Buffer;
  readonly bodySize: number;
  /** The body, or null when it is larger than {@link heldBody}: then it is read from the file when it is wanted. */
  readonly body: Buffer | null;
  readonly file: string;
  readonly bodyOffset: number;
}

/** What comes next in a segment: a record, a commit, its end, or (a text) what is wrong there. */
export type Item = StoredRecord | 'commit' | 'end' | { readonly wrong: string };

/** Largest body that is handed over with its record. */
export const heldBody = 1 << 20;

const cut = { wrong: 'it ends within a record' } as const;

/** Reads and checks the next item; `half` is the first half of the drain's id, `number` the record that is due. */
export async function readItem(window: FileWindow, half: Buffer, number: number, file: string): Promise<Item> {
  if (!window.have(recordSize) && !(await window.fill(recordSize)) && !window.have(commitSize)) {
    return window.have(1) ? cut : 'end';
  }
  const magic = window.bytes.readUInt32BE(window.at);
  if (magic === commitMagic) return readCommit(window, half, number);
  if (magic !== recordMagic) return { wrong: 'neither a record nor a commit begins here' };
  if (!window.have(recordSize)) return cut;
  return await readRecord(window, half, number, file);
}

function readCommit(window: FileWindow, half: Buffer, number: number): Item {
  const { bytes, at } = window;
  if (bytes.readUInt32BE(at + 4) !== crc32(bytes.subarray(at + 8, at + commitSize))) {
    return { wrong: 'a commit is damaged (checksum)' };
  }
  if (half.compare(bytes, at + 8, at + 16) !== 0) return { wrong: 'a commit of another drain is here' };
  const upTo = bytes.readUInt32BE(at + 16);
  if (upTo !== number) {
    return { wrong: `a commit of ${upTo} records is here after ${number}: records are missing or in another order` };
  }
  window.at += commitSize;
  return 'commit';
}

async function readRecord(window: FileWindow, half: Buffer, number: number, file: string): Promise<Item> {
  const addressSize = window.bytes.readUInt16BE(window.at + 44);
  const propertiesSize = window.bytes.readUInt32BE(window.at + 40);
  // Until the checksum is known to be right, a size may be anything.
  if (addressSize > 512 || propertiesSize > 1 << 24) return { wrong: 'a record is damaged (sizes)' };
  const headEnd = recordSize + addressSize + propertiesSize;
  if (!window.have(headEnd) && !(await window.fill(headEnd))) return cut;
  const start = window.at;
  const { bytes } = window;
  const crc = bytes.readUInt32BE(start + 4);
  if (crc !== crc32(bytes.subarray(start + 8, start + headEnd))) return { wrong: 'a record is damaged (checksum)' };
  if (half.compare(bytes, start + 8, start + 16) !== 0) return { wrong: 'a record of another drain is here' };
  const found = bytes.readUInt32BE(start + 16);
  if (found !== number) return { wrong: `record ${found} is here: records are missing or in another order` };
  const known = {
    number,
    session: bytes.readUInt32BE(start + 20),
    queue: bytes.readUInt32BE(start + 24),
    inQueue: bytes.readUInt32BE(start + 28),
    flags: bytes.readUInt8(start + 46),
    address: bytes.subarray(start + recordSize, start + recordSize + addressSize),
    properties: bytes.subarray(start + recordSize + addressSize, start + headEnd),
    bodySize: bytes.readUInt32BE(start + 32) * 0x100000000 + bytes.readUInt32BE(start + 36),
    file,
    bodyOffset: window.offset() + headEnd,
  };
  window.at += headEnd;
  const body = known.bodySize > heldBody ? null : await held(window, known.bodySize);
  if (body === undefined) return cut;
  const bodyCrc = body === null ? await passOver(window, known.bodySize, crc) : crc32(body, crc);
  if (bodyCrc === null || (!window.have(4) && !(await window.fill(4)))) return cut;
  if (window.bytes.readUInt32BE(window.at) !== bodyCrc) return { wrong: 'a body is damaged (checksum)' };
  window.at += 4;
  return { ...known, body };
}

async function held(window: FileWindow, size: number): Promise<Buffer | undefined> {
  if (!window.have(size + 4) && !(await window.fill(size + 4))) return undefined;
  const body = window.bytes.subarray(window.at, window.at + size);
  window.at += size;
  return body;
}

async function passOver(window: FileWindow, size: number, crc: number): Promise<number | null> {
  let sum = crc;
  for (let left = size; left > 0;) {
    if (!window.have(1) && !(await window.fill(1))) return null;
    const part = window.bytes.subarray(window.at, window.at + left);
    sum = crc32(part, sum);
    window.at += part.length;
    left -= part.length;
  }
  return sum;
}
