import { setTimeout as sleep } from 'node:timers/promises';
import { fileNumber, type BinlogPosition } from '../../core/binlog-position.ts';
import type { HeartbeatSample, MaxwellStatus } from '../../core/maxwell-status.ts';
import { numberIn, readBinlogServer, rowsOf, useUtc, type BinlogServer } from '../mysql/binlog-server.ts';
import { connectMysql, type MysqlAccess } from '../mysql/connect.ts';
import type { MaxwellIdentity } from './scene.ts';
import { quoted, readMaxwellTables, tablesFault } from './tables.ts';

/** Longest age of a heartbeat of a Maxwell that is well, ms: it writes one at least every 10 s. */
const aliveMs = 15_000;

/** What to watch. */
export interface HeartbeatWatch extends MaxwellIdentity {
  readonly access: MysqlAccess;
  /** How long; over 11,000 ms proves quiet. */
  readonly ms: number;
  /** What an earlier look saw: where the heartbeat is still the same, it has stood still since. */
  readonly since?: HeartbeatLook | null;
  readonly signal?: AbortSignal;
}

/** The heartbeat at a moment. */
export interface HeartbeatLook {
  readonly value: number | null;
  /** By the database's clock, ms since the epoch. */
  readonly at: number;
  /** By this process's own, which nobody sets, ms. */
  readonly tick: number;
}

/** Reads Maxwell's tables and the log's end. Faults of readBinlogServer and readMaxwellTables. */
export async function maxwellStatus(
  options: MaxwellIdentity & { readonly access: MysqlAccess },
): Promise<MaxwellStatus> {
  const { access, clientId, schemaDatabase } = options;
  const connection = await connectMysql(access);
  try {
    const server = await readBinlogServer(connection, access);
    const tables = await readMaxwellTables(connection, access, schemaDatabase);
    const here = (row: { serverId: number; clientId: string }): boolean =>
      row.clientId === clientId && (row.serverId === server.serverId || (server.gtidMode && row.serverId === 0));
    const stored = tables.positions.find(here) ?? null;
    const storedElsewhere = tables.positions.filter((row) => row.clientId === clientId && !here(row));
    const otherClients = tables.positions.filter((row) => row.clientId !== clientId);
    const heartbeat = tables.heartbeats.filter(here).sort((a, b) => b.heartbeat - a.heartbeat)[0] ?? null;
    const heartbeatAgeMs = heartbeat === null ? null : server.nowMs - heartbeat.heartbeat;
    const readable = stored?.position != null && server.files.some(({ name }) => name === stored.position?.file);
    return {
      clientId,
      serverId: server.serverId,
      nowMs: server.nowMs,
      stored,
      storedElsewhere,
      otherClients,
      heartbeat,
      heartbeatAgeMs,
      looks: heartbeatAgeMs === null ? 'never-seen' : heartbeatAgeMs <= aliveMs ? 'alive' : 'quiet',
      // A row that was made and has read nothing back says 0, which is no time.
      lagMs: (stored?.lastHeartbeatRead ?? 0) > 0 ? server.nowMs - (stored?.lastHeartbeatRead ?? 0) : null,
      lagBytes: readable ? bytesBetween(server, stored.position) : null,
      positionReadable: readable,
      end: server.end,
      schemaRows: tables.schemas.length,
      warnings: [
        ...server.warnings,
        ...(stored === null && storedElsewhere.length > 0
          ? [
              `The position is stored for server id ${storedElsewhere[0]?.serverId ?? 0}; this server's is ${server.serverId}.`,
            ]
          : []),
        ...(stored?.position != null && !readable
          ? [`The stored position's file ${stored.position.file} is not on the server any more.`]
          : []),
        ...(tables.schemas.length === 0
          ? ['`schemas` is empty: Maxwell would capture the structure as it is now.']
          : []),
      ],
    };
  } finally {
    connection.destroy();
  }
}

/**
 * Looks at the heartbeat twice. It writes nothing. Ends early, with `moved`, as soon as it moves, and where an earlier
 * look is long enough ago. Values only grow: the same value at both ends says that none came in between. Faults of
 * connectMysql and readMaxwellTables.
 */
export async function sampleHeartbeat(
  watch: HeartbeatWatch,
): Promise<HeartbeatSample & { readonly first: HeartbeatLook }> {
  const { access, clientId, schemaDatabase, ms, since = null, signal } = watch;
  const connection = await connectMysql(access);
  const look = async (): Promise<HeartbeatLook> => {
    try {
      const [row] = await rowsOf(
        connection,
        access,
        `SELECT UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS at, (SELECT MAX(heartbeat) FROM ${quoted(schemaDatabase)}.heartbeats
          WHERE client_id = ? AND server_id IN (@@server_id, 0)) AS value`,
        [clientId],
      );
      return {
        at: numberIn(row, 'at', access) ?? 0,
        tick: performance.now(),
        value: numberIn(row, 'value', access),
      };
    } catch (error) {
      throw tablesFault(error, access, schemaDatabase);
    }
  };
  try {
    await useUtc(connection, access);
    const now = await look();
    const before = since?.value === now.value ? since : now;
    for (;;) {
      const after = await look();
      const moved = after.value !== before.value;
      // A clock of the database that was set forward is not believed.
      const watched = Math.min(after.at - before.at, after.tick - before.tick);
      if (moved || watched >= ms)
        return {
          before: before.value,
          after: after.value,
          moved,
          watchedMs: Math.round(watched),
          first: moved ? after : before,
        };
      await sleep(Math.min(Math.max(ms - watched, 1), 500), undefined, signal === undefined ? {} : { signal });
    }
  } finally {
    connection.destroy();
  }
}

function bytesBetween({ files, end }: BinlogServer, from: BinlogPosition): number {
  const [first, last] = [fileNumber(from.file), fileNumber(end.file)];
  return files.reduce((sum, { name, bytes }) => {
    const number = fileNumber(name);
    if (number < first || number > last) return sum;
    return sum + (number === last ? end.offset : bytes) - (number === first ? from.offset : 0);
  }, 0);
}
