import { crc32 } from 'node:zlib';
import type { FileWindow } from './file-window.ts';
import { isAddress } from './octets.ts';
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

/**
 * Reads and checks the next item; `half` is the first half of the drain's id, `number` the record that is due. A promise
 * only when the file has to be read: one for each record would cost more than all the checks.
 */
export function readItem(window: FileWindow, half: Buffer, number: number, file: string): Item | Promise<Item> {
  if (window.have(recordSize)) {
    const magic = window.bytes.readUInt32BE(window.at);
    if (magic === commitMagic) return readCommit(window, half, number);
    if (magic === recordMagic && window.have(wholeSize(window))) return readRecord(window, half, number, file);
  }
  return readOn(window, half, number, file);
}

async function readOn(window: FileWindow, half: Buffer, number: number, file: string): Promise<Item> {
  if (!window.have(recordSize) && !(await window.fill(recordSize)) && !window.have(commitSize)) {
    return window.have(1) ? cut : 'end';
  }
  const magic = window.bytes.readUInt32BE(window.at);
  if (magic === commitMagic) return readCommit(window, half, number);
  if (magic !== recordMagic) return { wrong: 'neither a record nor a commit begins here' };
  if (!window.have(recordSize)) return cut;
  const headEnd = headEndOf(window);
  // Until the checksum is known to be right, a size may be anything.
  if (headEnd > mostHead) return { wrong: 'a record is damaged (sizes)' };
  if (!window.have(headEnd) && !(await window.fill(headEnd))) return cut;
  const head = readHead(window, half, number, file);
  if ('wrong' in head) return head;
  if (head.bodySize > heldBody) return await readLarge(window, head);
  const whole = wholeSize(window);
  if (!window.have(whole) && !(await window.fill(whole))) return cut;
  return readRecord(window, half, number, file);
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

const mostHead = recordSize + 512 + (1 << 24);

/** Octets of a record up to its body; of a damaged one, any number. */
function headEndOf({ bytes, at }: FileWindow): number {
  return recordSize + bytes.readUInt16BE(at + 44) + bytes.readUInt32BE(at + 40);
}

/** Octets of a record that is held in memory; more than there can be when it isn't. */
function wholeSize(window: FileWindow): number {
  const bodySize = bodySizeOf(window);
  return bodySize > heldBody ? Infinity : headEndOf(window) + bodySize + 4;
}

function bodySizeOf({ bytes, at }: FileWindow): number {
  return bytes.readUInt32BE(at + 32) * 0x100000000 + bytes.readUInt32BE(at + 36);
}

function readHead(
  window: FileWindow,
  half: Buffer,
  number: number,
  file: string,
): Omit<StoredRecord, 'body'> | { readonly wrong: string } {
  const { bytes, at } = window;
  const headEnd = headEndOf(window);
  if (headEnd > mostHead) return { wrong: 'a record is damaged (sizes)' };
  const crc = bytes.readUInt32BE(at + 4);
  if (crc !== crc32(bytes.subarray(at + 8, at + headEnd))) return { wrong: 'a record is damaged (checksum)' };
  if (half.compare(bytes, at + 8, at + 16) !== 0) return { wrong: 'a record of another drain is here' };
  const found = bytes.readUInt32BE(at + 16);
  if (found !== number) return { wrong: `record ${found} is here: records are missing or in another order` };
  const addressAt = at + recordSize;
  const addressEnd = addressAt + bytes.readUInt16BE(at + 44);
  if (!isAddress(bytes, addressAt, addressEnd))
    return { wrong: 'the exchange and routing key of a record are damaged' };
  return {
    number,
    session: bytes.readUInt32BE(at + 20),
    queue: bytes.readUInt32BE(at + 24),
    inQueue: bytes.readUInt32BE(at + 28),
    flags: bytes.readUInt8(at + 46),
    address: bytes.subarray(addressAt, addressEnd),
    properties: bytes.subarray(addressEnd, at + headEnd),
    bodySize: bodySizeOf(window),
    file,
    bodyOffset: window.offset() + headEnd,
  };
}

const badBody = { wrong: 'a body is damaged (checksum)' } as const;

/** All its octets are in the window. */
function readRecord(window: FileWindow, half: Buffer, number: number, file: string): Item {
  const head = readHead(window, half, number, file);
  if ('wrong' in head) return head;
  const { bytes, at } = window;
  const bodyAt = at + headEndOf(window);
  const bodyEnd = bodyAt + head.bodySize;
  const body = bytes.subarray(bodyAt, bodyEnd);
  if (bytes.readUInt32BE(bodyEnd) !== crc32(body, bytes.readUInt32BE(at + 4))) return badBody;
  window.at = bodyEnd + 4;
  return { ...head, body };
}

async function readLarge(window: FileWindow, head: Omit<StoredRecord, 'body'>): Promise<Item> {
  const crc = window.bytes.readUInt32BE(window.at + 4);
  window.at += headEndOf(window);
  const bodyCrc = await passOver(window, head.bodySize, crc);
  if (bodyCrc === null || (!window.have(4) && !(await window.fill(4)))) return cut;
  if (window.bytes.readUInt32BE(window.at) !== bodyCrc) return badBody;
  window.at += 4;
  return { ...head, body: null };
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
