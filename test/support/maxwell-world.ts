import { createConnection, type Connection } from 'mysql2/promise';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';

/** Maxwell's tables as its own installation makes them. */
const tables = [
  'CREATE DATABASE maxwell',
  "CREATE TABLE maxwell.positions (server_id int unsigned NOT NULL, binlog_file varchar(255), binlog_position int unsigned, gtid_set varchar(4096), client_id varchar(255) CHARACTER SET latin1 NOT NULL DEFAULT 'maxwell', heartbeat_at bigint NULL, last_heartbeat_read bigint NULL, PRIMARY KEY (server_id, client_id))",
  "CREATE TABLE maxwell.heartbeats (server_id int unsigned NOT NULL, client_id varchar(255) CHARACTER SET latin1 NOT NULL DEFAULT 'maxwell', heartbeat bigint NOT NULL, PRIMARY KEY (server_id, client_id))",
  'CREATE TABLE maxwell.`schemas` (id bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, binlog_file varchar(255), binlog_position int unsigned, last_heartbeat_read bigint NULL DEFAULT 0, gtid_set varchar(4096), base_schema_id bigint NULL, deltas mediumtext CHARACTER SET utf8 NULL, server_id int unsigned, position_sha char(40) CHARACTER SET latin1 NULL UNIQUE, charset varchar(255), version smallint unsigned NOT NULL DEFAULT 0, deleted tinyint(1) NOT NULL DEFAULT 0)',
  'CREATE DATABASE tcs',
  'CREATE TABLE tcs.Placement (id bigint PRIMARY KEY AUTO_INCREMENT, mark bigint NOT NULL, note varchar(300), wte decimal(12,3), at datetime(3), kind enum("a","b"), body mediumtext, flag bit(3), name char(100) CHARACTER SET utf8)',
];

/** Where a test's server is. */
export function accessTo(port: number, user: string, password: string): MysqlAccess {
  return {
    settings: { host: '127.0.0.1', port, user, password: { env: 'UNUSED' }, tls: null, timeoutMs: 30_000 },
    password,
  };
}

/** A connection of the test's own writer. */
export function connectTo({ settings, password }: MysqlAccess): Promise<Connection> {
  return createConnection({ host: settings.host, port: settings.port, user: settings.user, password });
}

/** Makes Maxwell's tables, with a schema and a position at the log's first byte, and a table to write to. */
export async function makeMaxwellTables(root: MysqlAccess): Promise<void> {
  const connection = await connectTo(root);
  for (const sql of tables) await connection.query(sql);
  await connection.query(
    "INSERT INTO maxwell.`schemas` (binlog_file, binlog_position, server_id) VALUES ('mysql-bin.000001', 4, @@server_id)",
  );
  await connection.query(
    "INSERT INTO maxwell.positions (server_id, binlog_file, binlog_position, last_heartbeat_read) VALUES (@@server_id, 'mysql-bin.000001', 4, 0)",
  );
  await connection.end();
}

/** Writes heartbeats as Maxwell does: one after the other, each only where the last one is still there. */
export function heartbeatWriter(connection: Connection, clientId = 'maxwell'): () => Promise<number> {
  let last: number | null = null;
  return async () => {
    const value = Math.max(Date.now(), (last ?? 0) + 1);
    if (last === null)
      await connection.query(
        'INSERT INTO maxwell.heartbeats (server_id, client_id, heartbeat) VALUES (@@server_id, ?, ?) ON DUPLICATE KEY UPDATE heartbeat = VALUES(heartbeat)',
        [clientId, value],
      );
    else {
      const [done] = await connection.query(
        'UPDATE maxwell.heartbeats SET heartbeat = ? WHERE server_id = @@server_id AND client_id = ? AND heartbeat = ?',
        [value, clientId, last],
      );
      if ((done as { affectedRows: number }).affectedRows !== 1) throw new Error('Another Maxwell writes heartbeats.');
    }
    last = value;
    return value;
  };
}
