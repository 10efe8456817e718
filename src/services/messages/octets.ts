import { Fault } from '../../core/fault.ts';

/** Reads big-endian values one after the other; running over the end is a Fault that says where. */
export interface OctetReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
}

/** A reader over a part of a buffer. */
export function octets(bytes: Buffer, at = 0, end = bytes.length): OctetReader {
  return { bytes, at, end };
}

/** Takes `size` octets and returns where they begin. */
export function take(reader: OctetReader, size: number): number {
  const { at } = reader;
  if (size > reader.end - at) throw malformed(`${size} octets are announced and ${reader.end - at} are there`, at);
  reader.at = at + size;
  return at;
}

/** A short string's octets: one of length, then up to 255. */
export function shortString(reader: OctetReader): Buffer {
  const size = reader.bytes.readUInt8(take(reader, 1));
  const at = take(reader, size);
  return reader.bytes.subarray(at, at + size);
}

/** A long string's octets: four of length first. */
export function longString(reader: OctetReader): Buffer {
  const size = reader.bytes.readUInt32BE(take(reader, 4));
  const at = take(reader, size);
  return reader.bytes.subarray(at, at + size);
}

/** The fault for a content header that is not what AMQP allows, or holds what is not known here. */
export function malformed(why: string, at: number): Fault {
  return new Fault({
    code: 'messages.bad-properties',
    message: `The properties of a message can't be read: ${why} (octet ${at} of them).`,
    exit: 'failed',
    next: ['the stored octets are untouched: they are restored as they are'],
  });
}

/** Whether the range holds two short strings, an exchange and a routing key, and nothing else. */
export function isAddress(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 2) return false;
  const keyAt = from + 1 + bytes.readUInt8(from);
  return keyAt < to && keyAt + 1 + bytes.readUInt8(keyAt) === to;
}
