import { inflateSync } from 'node:zlib';
import type { BinlogPosition } from '../../core/binlog-position.ts';
import { shownStatement } from '../../core/shown-statement.ts';
import { visible } from '../../core/visible.ts';
import type { DumpedEvent } from './binlog-dump.ts';
import { readGtid, readQuery } from './event-bodies.ts';
import { eventType } from './event-types.ts';
import type { EventHeader } from './packet-framer.ts';

/** One transaction (or one statement that is none, such as a DDL), from the byte where it can be started from. */
export interface Transaction {
  readonly start: BinlogPosition;
  /** Where the next one begins; always in the same file. */
  readonly end: BinlogPosition;
  /** Latest header time of its events, seconds since the epoch. Statement starts, never after its commit (unless a session faked its clock). */
  readonly latestSeconds: number;
  /** Commit time on the server that was read, microseconds since the epoch; null where the server does not write it. */
  readonly committedMicros: number | null;
  readonly gtid: string | null;
  /** Text of a statement outside BEGIN and COMMIT: DDL, grants; passwords left out. Null for changes of rows. */
  readonly statement: { readonly schema: string; readonly text: string } | null;
}

/** Largest statement whose text is read; larger ones are neither BEGIN nor COMMIT. */
const readableStatement = 65_536;

/** Events that {@link trackTransactions} needs the content of. */
export function wantsForTransactions({ type, size }: Readonly<EventHeader>): boolean {
  switch (type) {
    case eventType.gtid:
    case eventType.anonymousGtid:
    case eventType.taggedGtid:
    case eventType.mariadbGtid:
      return true;
    case eventType.query:
    case eventType.mariadbCompressedQuery:
      return size <= readableStatement;
    default:
      return false;
  }
}

/**
 * Follows transaction boundaries over the events of one reading, which must begin where a transaction may begin.
 * `next` returns the transaction that this event ended; `open` says whether one is unfinished.
 */
export interface TransactionTracker {
  next(event: DumpedEvent): Transaction | null;
  readonly open: boolean;
}

/** A tracker for a reading that begins at `from`. The transaction it returns is overwritten by the next one. */
export function trackTransactions(from: BinlogPosition): TransactionTracker {
  type State = 'none' | 'gtid' | 'statement-follows' | 'open';
  let state: State = 'none';
  let file = from.file;
  let boundary = from.offset;
  let latest = 0;
  let committedMicros: number | null = null;
  let gtid: string | null = null;

  const finish = (end: number, statement: Transaction['statement']): Transaction => {
    const done = {
      start: { file, offset: boundary },
      end: { file, offset: end },
      latestSeconds: latest,
      committedMicros,
      gtid,
      statement,
    };
    reset(end);
    return done;
  };
  const reset = (end: number): void => {
    state = 'none';
    boundary = end;
    latest = 0;
    committedMicros = null;
    gtid = null;
  };
  const query = ({ header, body, end }: DumpedEvent): Transaction | null => {
    const { schema, text } = body === null ? { schema: '', text: '' } : readQuery(plainQuery(header.type, body));
    const word = /^\s*(?:\/\*.*?\*\/\s*)*(BEGIN|START TRANSACTION|XA START|XA BEGIN|COMMIT|ROLLBACK)\b(?!\s+TO\b)/i
      .exec(text)?.[1]
      ?.toUpperCase();
    if (word === 'COMMIT' || word === 'ROLLBACK') return finish(end, null);
    if (word !== undefined && state !== 'statement-follows') {
      state = 'open';
      return null;
    }
    return state === 'open' ? null : finish(end, { schema: visible(schema), text: shownStatement(text) });
  };

  return {
    get open() {
      return state !== 'none';
    },
    next: (event) => {
      const { header, end } = event;
      if (event.file !== file) {
        // A file begins between transactions, whatever the one before it looked like at its end.
        file = event.file;
        reset(4);
      }
      switch (header.type) {
        case eventType.gtid:
        case eventType.anonymousGtid:
        case eventType.taggedGtid:
        case eventType.mariadbGtid: {
          latest = header.timestamp;
          const read = event.body === null ? null : readGtid(header.type, header.serverId, event.body);
          gtid = read?.gtid ?? null;
          committedMicros = read?.committedMicros ?? null;
          state = read?.kind === 'standalone' ? 'statement-follows' : read?.kind === 'transaction' ? 'open' : 'gtid';
          return null;
        }
        case eventType.query:
        case eventType.mariadbCompressedQuery:
          latest = Math.max(latest, header.timestamp);
          return query(event);
        case eventType.xid:
        case eventType.xaPrepare:
        case eventType.transactionPayload:
          latest = Math.max(latest, header.timestamp);
          return finish(end, null);
        default:
          if (header.timestamp > latest && state !== 'none') latest = header.timestamp;
          // Between transactions come only events about the file itself; what stands before a bare statement belongs to it.
          if (state === 'none' && !beforeStatement(header.type)) boundary = end;
          return null;
      }
    },
  };
}

/** Integer, random and user variables of the statement that follows, and loaded files. */
function beforeStatement(type: number): boolean {
  return type === 5 || type === 13 || type === 14 || type === 9 || type === 17 || type === 18;
}

/** MariaDB may compress a statement's text; what stands before it is as always. */
function plainQuery(type: number, body: Buffer): Buffer {
  if (type !== eventType.mariadbCompressedQuery) return body;
  const textAt = 13 + body.readUInt16LE(11) + (body[8] ?? 0) + 1;
  return Buffer.concat([body.subarray(0, textAt), inflateMariadb(body.subarray(textAt))]);
}

/** One byte (algorithm in bits 4-6, length of the length in bits 0-2), the length, a zlib stream. */
export function inflateMariadb(packed: Buffer): Buffer {
  return inflateSync(packed.subarray(1 + ((packed[0] ?? 0) & 7)));
}
