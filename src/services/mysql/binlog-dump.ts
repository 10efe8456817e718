import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Connection } from 'mysql2/promise';
import { positionText, type BinlogPosition } from '../../core/binlog-position.ts';
import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess, type Received } from './connect.ts';
import { checksumLength, rotateTarget } from './event-bodies.ts';
import { eventType } from './event-types.ts';
import { frameBinlog, type EventHeader } from './packet-framer.ts';

/** An event with its place. One object, overwritten by the next event. */
export interface DumpedEvent {
  readonly header: Readonly<EventHeader>;
  readonly file: string;
  /** Offset in the file at which the next event begins. */
  readonly end: number;
  /** After the header, without checksum; valid only during the call; null when it was not wanted or spans 16 MiB. */
  readonly body: Buffer | null;
}

/** What to read. */
export interface DumpOptions {
  readonly access: MysqlAccess;
  /** Where an event begins; offset 4 is always one. */
  readonly from: BinlogPosition;
  /** Whether an event's content is needed. Format descriptions and rotations are always read. */
  readonly wants: (header: Readonly<EventHeader>) => boolean;
  /** Called for each real event in order, across files. False ends the reading. */
  readonly event: (event: DumpedEvent) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How a reading ended. */
export interface DumpEnd {
  /** `stopped`: the caller had enough · `end`: the log was at its end. */
  readonly why: 'stopped' | 'end';
  /** Bytes that came from the server, all protocol layers above TCP included. */
  readonly bytesRead: number;
}

const artificial = 0x20;

/**
 * Streams binlog events from a position to the end of the log as it is now, then returns. The server is asked as a
 * reader without a server id, which ends at the end of the log and never displaces a replica.
 * Faults: of connectMysql; `binlog.no-replication-privilege`, `binlog.gone` and `binlog.refused` (exit blocked);
 * `binlog.lost` (exit unreachable) when the connection ends before the log does.
 */
export async function dumpBinlog(options: DumpOptions): Promise<DumpEnd> {
  const { access, from, signal } = options;
  signal?.throwIfAborted();
  const received: Received = { take: null };
  const connection = await connectMysql(access, received);
  try {
    await announce(connection);
    return await stream(rawSocket(connection), received, options);
  } catch (error) {
    if (error instanceof Fault || signal?.aborted === true) throw error;
    throw refusal(access, from, 0, error instanceof Error ? error.message : String(error));
  } finally {
    connection.destroy();
    rawSocket(connection).destroy();
  }
}

/** Says what this reader understands, so that events come as they are in the file and no GTID is disguised. */
async function announce(connection: Connection): Promise<void> {
  await connection.query(
    "SET @master_binlog_checksum = 'CRC32', @source_binlog_checksum = 'CRC32', @mariadb_slave_capability = 4",
  );
}

/** The connection's socket, after TLS. The client library keeps it in a field that its types don't show. */
function rawSocket(connection: Connection): Socket {
  const inner: unknown = Reflect.get(connection, 'connection');
  const socket: unknown = typeof inner === 'object' && inner !== null ? Reflect.get(inner, 'stream') : null;
  if (socket instanceof Socket || socket instanceof TLSSocket) return socket;
  throw new TypeError('The database client has no socket where one was expected.');
}

function stream(socket: Socket, received: Received, options: DumpOptions): Promise<DumpEnd> {
  const { access, from, signal } = options;
  const before = socket.bytesRead;
  let file = from.file;
  let checksum = 0;
  let lastEnd = 0;
  const place: { header: EventHeader | null; file: string; end: number; body: Buffer | null } = {
    header: null,
    file,
    end: 0,
    body: null,
  };
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (done: () => void): void => {
      if (settled) return;
      settled = true;
      socket.removeListener('data', take);
      received.take = () => undefined;
      signal?.removeEventListener('abort', aborted);
      done();
    };
    const end = (why: DumpEnd['why']): void => {
      settle(() => {
        resolve({ why, bytesRead: socket.bytesRead - before });
      });
    };
    const fail = (error: unknown): void => {
      settle(() => {
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    };
    const aborted = (): void => {
      fail(signal?.reason);
    };
    const take = frameToCallbacks();
    function frameToCallbacks(): (chunk: Buffer) => void {
      const framed = frameBinlog({
        wants: (header) =>
          header.type === eventType.rotate || header.type === eventType.formatDescription || options.wants(header),
        event: (header, whole) => {
          if (header.type === eventType.formatDescription && whole !== null) checksum = checksumLength(whole);
          const made = header.timestamp === 0 || header.end === 0 || (header.flags & artificial) !== 0;
          if (header.type === eventType.rotate && whole !== null && (made || header.timestamp === 0)) {
            const next = rotateTarget(whole);
            if (next !== file) lastEnd = 0;
            file = next;
            return true;
          }
          if (made) return true;
          // The header has 32 bits for an offset that one large transaction can push past them.
          let offset = header.end;
          while (offset < lastEnd) offset += 2 ** 32;
          lastEnd = offset;
          place.header = header;
          place.file = file;
          place.end = offset;
          place.body = whole === null ? null : checksum === 0 ? whole : whole.subarray(0, whole.length - checksum);
          const goOn = options.event(place as DumpedEvent);
          if (header.type === eventType.rotate && whole !== null) {
            file = rotateTarget(whole);
            lastEnd = 0;
          }
          return goOn;
        },
        end: () => {
          end('end');
        },
        error: (errno, message) => {
          fail(refusal(access, from, errno, message));
        },
      });
      return (chunk) => {
        if (settled) return;
        try {
          if (!framed(chunk)) end('stopped');
        } catch (error) {
          fail(error);
        }
      };
    }
    const lost = (): void => {
      fail(
        new Fault({
          code: 'binlog.lost',
          message: `${mysqlIdentity(access.settings)} closed the connection while ${positionText({ file, offset: lastEnd })} was read.`,
          where: mysqlIdentity(access.settings),
          exit: 'unreachable',
          next: ['try again; reading changes nothing'],
        }),
      );
    };
    // From here on the socket is a binlog stream: the client library can't cut it into events without keeping each in memory.
    socket.removeAllListeners('data');
    socket.on('data', take);
    received.take = take;
    socket.once('end', lost).once('close', lost).once('error', lost);
    socket.setTimeout(Math.max(60_000, access.settings.timeoutMs), lost);
    signal?.addEventListener('abort', aborted);
    socket.write(dumpCommand(from));
  });
}

/** COM_BINLOG_DUMP: offset, flags (1: don't wait at the end), server id 0, file. */
function dumpCommand({ file, offset }: BinlogPosition): Buffer {
  const packet = Buffer.alloc(4 + 11 + Buffer.byteLength(file));
  packet.writeUIntLE(packet.length - 4, 0, 3);
  packet[4] = 0x12;
  packet.writeUInt32LE(offset % 2 ** 32, 5);
  packet.writeUInt16LE(1, 9);
  packet.write(file, 15);
  return packet;
}

function refusal(access: MysqlAccess, from: BinlogPosition, errno: number, said: string): Fault {
  const where = mysqlIdentity(access.settings);
  const text = visible(said);
  if ([1044, 1045, 1227].includes(errno) || /access denied|privilege/i.test(text))
    return new Fault({
      code: 'binlog.no-replication-privilege',
      message: `The account ${access.settings.user} may not read the binary log's events: ${text}.`,
      where,
      exit: 'blocked',
      next: [`GRANT REPLICATION SLAVE ON *.* TO the account (it can't be limited to one database)`],
    });
  if (errno === 1236 && /could not find first log file|not found|could not open|purged/i.test(text))
    return new Fault({
      code: 'binlog.gone',
      message: `The binary log ${from.file} is not on the server any more: ${text}.`,
      where,
      exit: 'blocked',
      next: ['choose a later time: SHOW BINARY LOGS lists what is left'],
    });
  return new Fault({
    code: 'binlog.refused',
    message: `The server would not send its binary log from ${positionText(from)}: ${text} (error ${errno}).`,
    where,
    exit: 'blocked',
    next: ['start where an event begins: esr-ops maxwell locate --at TIME finds such a place'],
  });
}
