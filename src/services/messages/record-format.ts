import { crc32 } from 'node:zlib';

/**
 * Segment files of a drain, all numbers big-endian.
 *
 * segment head, 80 octets:
 *    0 `ESRQ` · 4 version 1 · 5 three octets zero · 8 drain id (16) · 24 segment number (4) · 28 first record (4) ·
 *   32 sha256 of the segment before, zeros for the first (32) · 64 twelve octets zero · 76 crc32 of 0..75
 *
 * record, 48 octets and what follows:
 *    0 `ESRr` · 4 crc32 of 8 to the end of the properties · 8 drain id, first half (8) · 16 record number (4) ·
 *   20 session (4) · 24 queue index (4) · 28 number in the queue (4) · 32 body size (8) · 40 properties' size (4) ·
 *   44 address' size (2) · 46 flags (1) · 47 zero · 48 address: exchange and routing key, two short strings as on the
 *   wire · property flags and properties as on the wire · body · crc32 of the body, begun with the record's (4)
 *
 * commit, 32 octets: all records before it are on disk; only after it was synced are they acknowledged
 *    0 `ESRc` · 4 crc32 of 8..31 · 8 drain id, first half (8) · 16 records so far (4) · 20 session (4) · 24 zeros (8)
 */
export const headSize = 80;
export const recordSize = 48;
export const commitSize = 32;
export const recordMagic = 0x45535272;
export const commitMagic = 0x45535263;
const headMagic = 0x45535251;

/** Flags of a record. `again`: proven, while its session is not doubted, to be a second delivery of an earlier one. */
export const recordFlag = { redelivered: 1, again: 2, maybeAgain: 4 } as const;

/** Octets of a segment's head. */
export function segmentHead(drain: Buffer, number: number, firstRecord: number, before: Buffer): Buffer {
  const head = Buffer.alloc(headSize);
  head.writeUInt32BE(headMagic, 0);
  head.writeUInt8(1, 4);
  drain.copy(head, 8);
  head.writeUInt32BE(number, 24);
  head.writeUInt32BE(firstRecord, 28);
  before.copy(head, 32);
  head.writeUInt32BE(crc32(head.subarray(0, 76)), 76);
  return head;
}

/** What a segment's head says, or in words why it is none. */
export function readSegmentHead(
  head: Buffer,
): { readonly drain: string; readonly number: number; readonly firstRecord: number; readonly before: string } | string {
  if (head.length < headSize) return 'it ends within its head';
  if (head.readUInt32BE(0) !== headMagic) return 'it does not begin like a segment';
  if (crc32(head.subarray(0, 76)) !== head.readUInt32BE(76)) return 'its head is damaged (checksum)';
  if (head.readUInt8(4) !== 1) return `it has the unknown version ${head.readUInt8(4)}`;
  return {
    drain: head.toString('hex', 8, 24),
    number: head.readUInt32BE(24),
    firstRecord: head.readUInt32BE(28),
    before: head.toString('hex', 32, 64),
  };
}

/** Octets of a commit. */
export function commitOctets(drain: Buffer, records: number, session: number): Buffer {
  const commit = Buffer.alloc(commitSize);
  commit.writeUInt32BE(commitMagic, 0);
  drain.copy(commit, 8, 0, 8);
  commit.writeUInt32BE(records, 16);
  commit.writeUInt32BE(session, 20);
  commit.writeUInt32BE(crc32(commit.subarray(8)), 4);
  return commit;
}
