import { Fault } from '../../core/fault.ts';
import type { StoredPosition } from '../../core/maxwell.ts';
import { readBinlogServer, type BinlogServer } from '../mysql/binlog-server.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';
import type { HeartbeatOwner } from './heartbeat-rows.ts';
import { readMaxwellTables, type MaxwellTables } from './tables.ts';

/** Which Maxwell, and where its tables are. */
export interface MaxwellIdentity {
  /** Default of Maxwell: `maxwell`. */
  readonly clientId: string;
  /** Database with Maxwell's tables; default of Maxwell: `maxwell`. */
  readonly schemaDatabase: string;
}

/** What is read before any event: one look at the server and at Maxwell's tables. */
export interface MaxwellScene {
  readonly server: BinlogServer;
  readonly tables: MaxwellTables;
  /** Maxwell's row for this server. */
  readonly stored: StoredPosition | null;
  /**
   * Whether Maxwell works by GTID sets: its rows then have server id 0. Told from its position, or where that is lost
   * from its heartbeat.
   */
  readonly byGtid: boolean;
  /** Its last heartbeat, ms since the epoch. */
  readonly lastHeartbeat: number | null;
  readonly owner: HeartbeatOwner;
}

/** Reads the scene. Faults of readBinlogServer and readMaxwellTables, and `maxwell.server-id-changed` (exit blocked). */
export async function readMaxwellScene(access: MysqlAccess, identity: MaxwellIdentity): Promise<MaxwellScene> {
  const connection = await connectMysql(access);
  try {
    const server = await readBinlogServer(connection, access);
    const tables = await readMaxwellTables(connection, access, identity.schemaDatabase);
    const serverIds = server.gtidMode ? [server.serverId, 0] : [server.serverId];
    const mine = tables.positions.filter(({ clientId }) => clientId === identity.clientId);
    const stored = mine.find(({ serverId }) => serverIds.includes(serverId)) ?? null;
    const [foreign] = mine;
    if (stored === null && foreign !== undefined)
      throw new Fault({
        code: 'maxwell.server-id-changed',
        message: `Maxwell's position is stored for server id ${foreign.serverId}, and the server's is ${server.serverId}: it is another server, or was restored or failed over. Maxwell would silently start at the end of this one's log.`,
        where: mysqlIdentity(access.settings),
        exit: 'blocked',
        next: [
          'find out which server the changes were made on; offsets of one server mean nothing on another',
          `look at ${identity.schemaDatabase}.positions and @@server_id on both`,
        ],
        details: { storedServerId: foreign.serverId, serverId: server.serverId },
      });
    const beats = tables.heartbeats.filter(
      ({ clientId, serverId }) => clientId === identity.clientId && serverIds.includes(serverId),
    );
    return {
      server,
      tables,
      stored,
      byGtid: server.gtidMode && (stored?.serverId ?? beats[0]?.serverId) === 0,
      lastHeartbeat: beats.length === 0 ? null : Math.max(...beats.map(({ heartbeat }) => heartbeat)),
      owner: { ...identity, serverIds, columns: tables.heartbeatColumns },
    };
  } finally {
    connection.destroy();
  }
}
