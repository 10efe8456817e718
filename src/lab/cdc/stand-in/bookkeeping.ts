import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { createMaxwellTable, maxwellTables } from '../maxwell-tables.ts';
import type { Position } from './position.ts';

/** The rows that say how far a client has come, kept by Maxwell's rules. */
export interface Bookkeeping {
  /** The stored position of this client; else of any client of this server; else undefined. */
  stored(): Promise<Position | undefined>;
  /** Where the server writes now. */
  current(): Promise<Position>;
  store(position: Position): Promise<void>;
  /** Writes a heartbeat and returns its value. @throws Error when somebody else wrote one in between */
  beat(): Promise<number>;
}

/** What of the server matters. */
export interface ServerIdentity {
  readonly serverId: number;
}

/** Refuses a server that can't be captured from, and makes Maxwell's tables where they are missing. */
export async function ensureTables(
  connection: Connection,
  database: string,
  log: (line: string) => void,
): Promise<ServerIdentity> {
  const [variables] = await connection.query<RowDataPacket[]>(
    'SELECT @@server_id AS id, @@log_bin AS logged, @@binlog_format AS format',
  );
  const { id, logged, format } = variables[0] as { id: number | string; logged: number | string; format: string };
  if (Number(logged) !== 1) throw new Error('binlog is not enabled on this server (log_bin=OFF)');
  if (format !== 'ROW') throw new Error(`binlog_format must be ROW, and is ${format}`);
  const [found] = await connection.query<RowDataPacket[]>(
    'SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?',
    [database, 'schemas'],
  );
  if (found.length === 0) {
    log(`INFO  SchemaStoreSchema - Creating ${database} database`);
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${database}\``);
    for (const name of Object.keys(maxwellTables) as (keyof typeof maxwellTables)[]) {
      await connection.query(createMaxwellTable(database, name));
    }
  }
  await connection.query(`USE \`${database}\``);
  return { serverId: Number(id) };
}

/** The bookkeeping of one client over a connection whose database is Maxwell's. */
export function bookkeeping(connection: Connection, serverId: number, clientId: string): Bookkeeping {
  let lastBeat: number | undefined;
  return {
    stored: async () => {
      const [own] = await connection.query<RowDataPacket[]>(
        'SELECT * FROM positions WHERE server_id = ? AND client_id = ?',
        [serverId, clientId],
      );
      const [others] = await connection.query<RowDataPacket[]>(
        'SELECT * FROM positions WHERE server_id = ? ORDER BY last_heartbeat_read DESC LIMIT 1',
        [serverId],
      );
      const row = own[0] ?? others[0];
      if (row === undefined) return undefined;
      return {
        file: String(row['binlog_file']),
        offset: Number(row['binlog_position']),
        lastHeartbeat: Number(row['last_heartbeat_read'] ?? 0),
      };
    },
    current: async () => {
      const [rows] = await connection.query<RowDataPacket[]>('SHOW MASTER STATUS');
      return { file: String(rows[0]?.['File']), offset: Number(rows[0]?.['Position']), lastHeartbeat: 0 };
    },
    store: async ({ file, offset, lastHeartbeat }) => {
      const values = [null, file, offset, lastHeartbeat];
      await connection.query(
        'INSERT INTO positions SET server_id = ?, gtid_set = ?, binlog_file = ?, binlog_position = ?, ' +
          'last_heartbeat_read = ?, client_id = ? ON DUPLICATE KEY UPDATE gtid_set = ?, binlog_file = ?, ' +
          'binlog_position = ?, last_heartbeat_read = ?',
        [serverId, ...values, clientId, ...values],
      );
    },
    beat: async () => {
      const now = Date.now();
      if (lastBeat === undefined) {
        const [rows] = await connection.query<RowDataPacket[]>(
          'SELECT heartbeat FROM heartbeats WHERE server_id = ? AND client_id = ?',
          [serverId, clientId],
        );
        if (rows[0] === undefined) {
          await connection.query('INSERT INTO heartbeats SET heartbeat = ?, server_id = ?, client_id = ?', [
            now,
            serverId,
            clientId,
          ]);
          lastBeat = now;
          return now;
        }
        lastBeat = Number(rows[0]['heartbeat']);
      }
      const [done] = await connection.query<ResultSetHeader>(
        'UPDATE heartbeats SET heartbeat = ? WHERE server_id = ? AND client_id = ? AND heartbeat = ?',
        [now, serverId, clientId, lastBeat],
      );
      if (done.affectedRows !== 1) {
        throw new Error(
          `Expected a heartbeat value of ${lastBeat} but didn't find it.  Is another Maxwell process running with the same client_id?`,
        );
      }
      lastBeat = now;
      return now;
    },
  };
}
