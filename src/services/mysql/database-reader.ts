import type { BinlogSight, DatabaseReader, DatabaseSight } from '../../core/ports-database.ts';
import type { MysqlSettings } from '../../core/environment.ts';
import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { clockIn, errorNumber, numberIn, retentionOf, rowsOf } from './binlog-server.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from './connect.ts';

/** Reads of one server; `access` is asked for when it is first needed. */
export function createDatabaseReader(settings: MysqlSettings, access: () => Promise<MysqlAccess>): DatabaseReader {
  return { identity: mysqlIdentity(settings), look: async () => look(await access()) };
}

async function look(access: MysqlAccess): Promise<DatabaseSight> {
  const connection = await connectMysql(access);
  try {
    const variables = new Map(
      (
        await rowsOf(
          connection,
          access,
          `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'log_bin', 'binlog_format', 'expire_logs_days',
          'binlog_expire_logs_seconds', 'basedir', 'read_only')`,
        )
      ).map((row) => [String(row['Variable_name']), String(row['Value'])]),
    );
    const [uptime] = await rowsOf(connection, access, "SHOW GLOBAL STATUS LIKE 'Uptime'");
    const [clock] = await rowsOf(connection, access, 'SELECT UNIX_TIMESTAMP(SYSDATE(3)) AS now');
    const nowMs = clockIn(clock, access);
    return {
      version: visible(variables.get('version') ?? ''),
      nowMs,
      startedMs: nowMs - (numberIn(uptime, 'Value', access) ?? 0) * 1000,
      readOnly: /^(ON|1)$/.test(variables.get('read_only') ?? ''),
      binlog: await binlogOf(variables, access, () => rowsOf(connection, access, 'SHOW BINARY LOGS')),
    };
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault({
      code: 'mysql.unreachable',
      message: `${mysqlIdentity(access.settings)} stopped answering: ${visible(error instanceof Error ? error.message : String(error))}.`,
      where: mysqlIdentity(access.settings),
      exit: 'unreachable',
    });
  } finally {
    connection.destroy();
  }
}

async function binlogOf(
  variables: ReadonlyMap<string, string>,
  access: MysqlAccess,
  list: () => ReturnType<typeof rowsOf>,
): Promise<BinlogSight | null> {
  const on = variables.get('log_bin') === 'ON';
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? 0);
  const days = Number(variables.get('expire_logs_days') ?? 0);
  const kept = seconds > 0 ? seconds : days > 0 ? days * 86_400 : null;
  try {
    const files = on ? await list() : [];
    return {
      on,
      format: variables.get('binlog_format') ?? '',
      files: files.length,
      bytes: files.reduce((sum, row) => sum + (numberIn(row, 'File_size', access) ?? 0), 0),
      keptSeconds: /rds/i.test(variables.get('basedir') ?? '') ? null : kept,
      retention: retentionOf(variables),
    };
  } catch (error) {
    // Not this account's to see: the lock that operators share needs no privilege at all.
    if ([1044, 1045, 1142, 1227].includes(errorNumber(error))) return null;
    throw error;
  }
}
