import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { BinlogPosition } from '../../core/binlog-position.ts';
import { Fault, type Problem } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { mysqlIdentity, withinBytes, type MysqlAccess } from './connect.ts';

/** What a server says of itself and its binary log. */
export interface BinlogServer {
  readonly version: string;
  readonly flavour: 'mysql' | 'mariadb';
  readonly serverId: number;
  /** Whether positions are GTID sets for replicas; MariaDB always writes GTIDs and says false. */
  readonly gtidMode: boolean;
  /** The server's clock when it was asked, ms since the epoch. */
  readonly nowMs: number;
  /** Files that can still be read, oldest first. */
  readonly files: readonly BinlogFile[];
  /** Where the next event will be written. */
  readonly end: BinlogPosition;
  /** How long files are kept, in the server's words; what to do to keep them longer. */
  readonly retention: BinlogRetention;
  /** What makes row changes incomplete or unreadable, each a sentence; empty when all is well. */
  readonly warnings: readonly string[];
}

export interface BinlogFile {
  readonly name: string;
  readonly bytes: number;
}

export interface BinlogRetention {
  /** Such as `expire_logs_days = 7`. */
  readonly setting: string;
  /** Statement that raises it, to be run by someone who may. */
  readonly raise: string;
}

/** One row of an answer; a column's name is the server's. */
export type Row = Readonly<Record<string, unknown>>;

/** Largest answer that is held in memory, bytes. What may be larger is streamed. */
const mostBytes = 64 * 2 ** 20;

/** Asks for rows; errors of the server come through as they are. An answer of more than 64 MiB ends the connection. */
export async function rowsOf(
  connection: Connection,
  access: MysqlAccess,
  sql: string,
  values: readonly (string | number)[] = [],
): Promise<readonly Row[]> {
  const [rows] = await withinBytes(connection, mostBytes, async () =>
    connection.query<RowDataPacket[]>({
      sql,
      values: [...values],
      timeout: access.settings.timeoutMs,
      dateStrings: true,
    }),
  );
  if (Array.isArray(rows)) return rows;
  throw new Error('it answered a question without rows');
}

/**
 * A number of an answer; null stays null. Anything that is none, or whose amount is above `most` (default: what can be
 * counted with), is a Fault `mysql.bad-answer` (exit failed).
 */
export function numberIn(
  row: Row | undefined,
  column: string,
  access: MysqlAccess,
  most = Number.MAX_SAFE_INTEGER,
): number | null {
  const value = row?.[column] ?? null;
  if (value === null) return null;
  const number = typeof value === 'object' || value === '' ? Number.NaN : Number(value);
  if (Math.abs(number) <= most) return number;
  const where = mysqlIdentity(access.settings);
  throw new Fault({
    code: 'mysql.bad-answer',
    message: `${where} answered something in ${visible(column)} that is no such number: ${visible(typeof value === 'string' ? value.slice(0, 80) : typeof value)}.`,
    where,
    exit: 'failed',
    next: ['check mysql.host and mysql.port in the configuration: a proxy may answer there'],
  });
}

/** The largest amount of milliseconds that a date can hold. */
export const mostMs = 8.64e15;

/** The server's clock in ms since the epoch, from a row whose `now` is in seconds. */
export function clockIn(row: Row | undefined, access: MysqlAccess): number {
  return Math.round((numberIn({ now: row?.['now'] ?? 'nothing' }, 'now', access, mostMs / 1000) ?? 0) * 1000);
}

/** Makes the session's zone UTC: in the hour that autumn repeats, a local time read back is an hour wrong. */
export async function useUtc(connection: Connection, { settings }: MysqlAccess): Promise<void> {
  await connection.query({ sql: "SET SESSION time_zone = '+00:00'", timeout: settings.timeoutMs });
}

/**
 * Reads what must be known before the binary log is read. Faults (exit blocked): `binlog.off`, `binlog.not-row`,
 * `binlog.no-monitor-privilege`.
 */
export async function readBinlogServer(connection: Connection, access: MysqlAccess): Promise<BinlogServer> {
  const where = mysqlIdentity(access.settings);
  const blocked = (problem: Omit<Problem, 'exit' | 'where'>): Fault =>
    new Fault({ ...problem, where, exit: 'blocked' });
  const variables = new Map(
    (
      await rowsOf(
        connection,
        access,
        `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_id', 'gtid_mode', 'log_bin', 'binlog_format',
        'binlog_row_image', 'expire_logs_days', 'binlog_expire_logs_seconds', 'basedir', 'binlog_transaction_compression')`,
      )
    ).map((row) => [String(row['Variable_name']), String(row['Value']).slice(0, 200)]),
  );
  const value = (name: string): string => variables.get(name) ?? '';
  await useUtc(connection, access);
  const [clock] = await rowsOf(connection, access, 'SELECT UNIX_TIMESTAMP(SYSDATE(3)) AS now');
  const version = visible(value('version'));
  const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  if (value('log_bin') !== 'ON')
    throw blocked({
      code: 'binlog.off',
      message: `The binary log of ${where} is off (log_bin=${value('log_bin')}): no change was recorded, so none can be replayed.`,
      next: ['set log_bin and restart the server; changes made until then can only be found by reconciling'],
    });
  if (value('binlog_format') !== 'ROW')
    throw blocked({
      code: 'binlog.not-row',
      message: `The binary log of ${where} is written as ${value('binlog_format')}, not as ROW: it holds statements, from which Maxwell makes no messages.`,
      next: ["SET GLOBAL binlog_format = 'ROW', then reconnect all clients; changes made until then can't be replayed"],
    });
  const files = await binlogFiles(connection, access, blocked);
  const end = await binlogEnd(connection, access, flavour, version, blocked);
  const image = value('binlog_row_image');
  return {
    version,
    flavour,
    serverId: numberIn({ server_id: value('server_id') }, 'server_id', access) ?? 0,
    gtidMode: /^ON/.test(value('gtid_mode')),
    nowMs: clockIn(clock, access),
    files,
    end,
    retention: retentionOf(variables),
    warnings: [
      ...(image === '' || image === 'FULL'
        ? []
        : [`binlog_row_image is ${image}: updates and deletes don't hold whole rows`]),
      ...(value('binlog_transaction_compression') === 'ON'
        ? [
            'binlog_transaction_compression is ON: Maxwell reads such transactions from 1.45.0 on, and they are counted as one here',
          ]
        : []),
    ],
  };
}

type Blocked = (problem: Omit<Problem, 'exit' | 'where'>) => Fault;

/** The server's error number; 0 for errors that are not the server's. */
export function errorNumber(error: unknown): number {
  const found: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'errno') : 0;
  return typeof found === 'number' ? found : 0;
}

async function binlogFiles(connection: Connection, access: MysqlAccess, blocked: Blocked): Promise<BinlogFile[]> {
  try {
    const rows = await rowsOf(connection, access, 'SHOW BINARY LOGS');
    return (
      rows
        .map((row) => ({ name: String(row['Log_name']), bytes: numberIn(row, 'File_size', access) ?? 0 }))
        // RDS goes on listing files that it has purged, with no bytes in them.
        .filter(({ bytes }) => bytes > 0)
    );
  } catch (error) {
    throw monitorFault(error, access, blocked);
  }
}

/** The statement for the log's end differs by server and age; a server that does not know one is asked the next. */
async function binlogEnd(
  connection: Connection,
  access: MysqlAccess,
  flavour: BinlogServer['flavour'],
  version: string,
  blocked: Blocked,
): Promise<BinlogPosition> {
  let refusal: unknown = null;
  for (const sql of endStatements(flavour, version)) {
    try {
      const [row] = await rowsOf(connection, access, sql);
      if (row !== undefined) return { file: String(row['File']), offset: numberIn(row, 'Position', access) ?? 0 };
    } catch (error) {
      // 1064: a syntax that this version does not have.
      if (errorNumber(error) !== 1064) throw monitorFault(error, access, blocked);
      refusal = error;
    }
  }
  if (refusal !== null) throw monitorFault(refusal, access, blocked);
  throw blocked({
    code: 'binlog.off',
    message: 'The server names no binary log that it writes to.',
    next: ['check log_bin on the server'],
  });
}

/** Statements that name the log's end, the one that this version prefers first. */
export function endStatements(flavour: BinlogServer['flavour'], version: string): readonly string[] {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const number = Number(major) * 100 + Number(minor);
  const old = 'SHOW MASTER STATUS';
  if (flavour === 'mariadb') return number >= 1005 ? ['SHOW BINLOG STATUS', old] : [old];
  return number >= 802 ? ['SHOW BINARY LOG STATUS', old] : [old, 'SHOW BINARY LOG STATUS'];
}

function monitorFault(error: unknown, access: MysqlAccess, blocked: Blocked): Fault {
  if (error instanceof Fault) return error;
  const said = visible(error instanceof Error ? error.message : String(error));
  if ([1044, 1045, 1142, 1227].includes(errorNumber(error)))
    return blocked({
      code: 'binlog.no-monitor-privilege',
      message: `The account ${access.settings.user} may not see the state of the binary log: ${said}.`,
      next: ['GRANT REPLICATION CLIENT ON *.* TO the account (MariaDB calls it BINLOG MONITOR)'],
    });
  return new Fault({
    code: 'mysql.unreachable',
    message: `${mysqlIdentity(access.settings)} did not answer about its binary log: ${said}.`,
    where: mysqlIdentity(access.settings),
    exit: 'unreachable',
  });
}

/** How long files of the log are kept, in the words of the server. */
export function retentionOf(variables: ReadonlyMap<string, string>): BinlogRetention {
  if (/rds/i.test(variables.get('basedir') ?? ''))
    return {
      setting: "RDS: 'binlog retention hours' of CALL mysql.rds_show_configuration",
      raise: "CALL mysql.rds_set_configuration('binlog retention hours', 168)",
    };
  const seconds = variables.get('binlog_expire_logs_seconds');
  if (seconds !== undefined && seconds !== '0')
    return {
      setting: `binlog_expire_logs_seconds = ${seconds}`,
      raise: 'SET GLOBAL binlog_expire_logs_seconds = 604800',
    };
  const days = variables.get('expire_logs_days') ?? '0';
  return Number(days) === 0
    ? { setting: 'files are never removed by age', raise: 'ask who removed them: PURGE BINARY LOGS, or a size limit' }
    : { setting: `expire_logs_days = ${days}`, raise: 'SET GLOBAL expire_logs_days = 14' };
}
