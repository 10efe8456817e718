import { eventType } from './event-types.ts';

/** A query event's text and how long it ran on its origin, in seconds. */
export interface QueryBody {
  readonly schema: string;
  readonly text: string;
  readonly executionSeconds: number;
}

/** Reads a query event; the text is cut at `most` characters. A compressed one is read by the caller. */
export function readQuery(body: Buffer, most = 2_000): QueryBody {
  const schemaLength = body[8] ?? 0;
  const at = 13 + body.readUInt16LE(11);
  const textAt = at + schemaLength + 1;
  return {
    schema: body.toString('utf8', at, at + schemaLength),
    text: body.toString('utf8', textAt, Math.min(body.length, textAt + most)),
    executionSeconds: body.readUInt32LE(4),
  };
}

/** What a GTID event says. */
export interface GtidBody {
  /** `uuid:7` or `0-1-7`; null for an anonymous one. */
  readonly gtid: string | null;
  /** MariaDB only: one statement follows and nothing ends it. MySQL says so by having no BEGIN. */
  readonly kind: 'standalone' | 'transaction' | 'next-tells';
  /** Microseconds since the epoch of the commit on the server that was read; null before MySQL 8.0.1 and on MariaDB. */
  readonly committedMicros: number | null;
}

/** Reads a GTID event of MySQL or MariaDB; `serverId` is of its header. Bytes that a version does not write are missing facts. */
export function readGtid(type: number, serverId: number, body: Buffer): GtidBody {
  if (type === eventType.mariadbGtid) {
    const flags = body[12] ?? 0;
    return {
      gtid: `${body.readUInt32LE(8)}-${serverId}-${body.readBigUInt64LE(0)}`,
      kind: (flags & 1) === 1 ? 'standalone' : 'transaction',
      committedMicros: null,
    };
  }
  // A tagged one is written in another encoding, which is not read here.
  if (type === eventType.taggedGtid) return { gtid: null, kind: 'next-tells', committedMicros: null };
  const uuid = uuidText(body.subarray(1, 17));
  return {
    gtid: type === eventType.gtid ? `${uuid}:${body.readBigInt64LE(17)}` : null,
    kind: 'next-tells',
    committedMicros: commitTime(body),
  };
}

/** flags 1, sid 16, number 8, then (5.7) a type byte 2 with two 8-byte clocks, then (8.0) a 7-byte commit time. */
function commitTime(body: Buffer): number | null {
  if (body.length < 49 || body[25] !== 2) return null;
  // The highest bit says that the original server's own time follows; both are the immediate one's otherwise.
  const immediate = body.readUIntLE(42, 6) + ((body[48] ?? 0) & 0x7f) * 2 ** 48;
  return immediate > 0 && Number.isSafeInteger(immediate) ? immediate : null;
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The set with which a MySQL binlog file begins. */
export function readPreviousGtids(body: Buffer): string {
  const sources: string[] = [];
  let at = 8;
  for (let left = Number(body.readBigUInt64LE(0) & 0xff_ff_ffn); left > 0 && at + 24 <= body.length; left -= 1) {
    const uuid = uuidText(body.subarray(at, at + 16));
    const count = Number(body.readBigUInt64LE(at + 16));
    at += 24;
    const intervals: string[] = [];
    for (let index = 0; index < count; index += 1, at += 16)
      intervals.push(`${body.readBigInt64LE(at)}-${body.readBigInt64LE(at + 8) - 1n}`);
    if (intervals.length > 0) sources.push(`${uuid}:${intervals.join(':')}`);
  }
  return sources.join(',');
}

/** The position with which a MariaDB binlog file begins. A domain's last server comes last in it. */
export function readMariadbGtidList(body: Buffer): string {
  const count = body.readUInt32LE(0) & 0x0f_ff_ff_ff;
  return Array.from({ length: count }, (_, index) => 4 + index * 16)
    .filter((at) => at + 16 <= body.length)
    .map((at) => `${body.readUInt32LE(at)}-${body.readUInt32LE(at + 4)}-${body.readBigUInt64LE(at + 8)}`)
    .join(',');
}

/** Checksum bytes at the end of each event of a file, from its format description. */
export function checksumLength(formatDescription: Buffer): 0 | 4 {
  const version = formatDescription.toString('latin1', 2, 52).replace(/\0.*$/s, '');
  const [, major = '0', minor = '0', patch = '0'] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const number = Number(major) * 10_000 + Number(minor) * 100 + Number(patch);
  const knows = /mariadb/i.test(version) ? number >= 50_300 : number >= 50_601;
  return knows && formatDescription[formatDescription.length - 5] === 1 ? 4 : 0;
}

/** File name of a rotate event, whose checksum may or may not be there: the name ends with the file's number. */
export function rotateTarget(body: Buffer): string {
  const text = body.toString('latin1', 8);
  const bare = body.toString('latin1', 8, Math.max(8, body.length - 4));
  return /^[\x20-\x7e]+\.\d+$/.test(text) && !/\.\d{6,}$/.test(bare) ? text : /\.\d+$/.test(bare) ? bare : text;
}
