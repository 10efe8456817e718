import type { ResultSetHeader } from 'mysql2/promise';
import type { PositionWriter } from '../../core/ports-cdc.ts';
import { connectMysql, type MysqlAccess } from '../mysql/connect.ts';
import { quoted } from './tables.ts';

/**
 * Writes Maxwell's row of `positions`, with an account that may write nothing else. `heartbeat_at` is unused by Maxwell
 * and left alone, and so is `heartbeats`: a value that Maxwell does not expect there ends it.
 */
export function createPositionWriter(access: () => Promise<MysqlAccess>, schemaDatabase: string): PositionWriter {
  return {
    compareAndSet: async (was, to, { serverId, clientId }) => {
      const connection = await connectMysql(await access());
      const table = `${quoted(schemaDatabase)}.positions`;
      try {
        await connection.beginTransaction();
        const [result] =
          was === null
            ? await connection.execute<ResultSetHeader>(
                `INSERT IGNORE INTO ${table} (server_id, client_id, binlog_file, binlog_position, gtid_set, last_heartbeat_read) VALUES (?, ?, ?, ?, ?, ?)`,
                // Rows of a Maxwell that works by GTID sets have no server id; another one stores no set.
                [serverId, clientId, to.file, to.offset, serverId === 0 ? to.gtidSet : null, to.heartbeat],
              )
            : await connection.execute<ResultSetHeader>(
                `UPDATE ${table} SET binlog_file = ?, binlog_position = ?, gtid_set = ?, last_heartbeat_read = ?
                 WHERE server_id = ? AND client_id = ? AND binlog_file <=> ? AND binlog_position <=> ? AND gtid_set <=> ? AND last_heartbeat_read <=> ?`,
                [
                  ...[to.file, to.offset, was.gtidSet === null ? null : to.gtidSet, to.heartbeat],
                  ...[was.serverId, clientId, was.position?.file ?? null, was.position?.offset ?? null],
                  ...[was.gtidSet, was.lastHeartbeatRead],
                ],
              );
        if (result.affectedRows !== 1) {
          await connection.rollback();
          return false;
        }
        await connection.commit();
        return true;
      } finally {
        connection.destroy();
      }
    },
  };
}
