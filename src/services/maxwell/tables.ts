import type { Connection } from 'mysql2/promise';
import type { BinlogPosition } from '../../core/binlog-position.ts';
import { Fault } from '../../core/fault.ts';
import type { SchemaRow, StoredHeartbeat, StoredPosition } from '../../core/maxwell.ts';
import { visible } from '../../core/visible.ts';
import { errorNumber, mostMs, numberIn, rowsOf, type Row } from '../mysql/binlog-server.ts';
import { mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';

/** Maxwell's own tables as they are now. Rows of every client and server; columns that an old install lacks are null. */
export interface MaxwellTables {
  readonly positions: readonly StoredPosition[];
  readonly heartbeats: readonly StoredHeartbeat[];
  readonly schemas: readonly SchemaRow[];
  /** Columns of `heartbeats` in their order, as its rows in the binlog have them. */
  readonly heartbeatColumns: readonly string[];
}

/**
 * Reads them. Faults (exit blocked): `maxwell.no-tables` when the database or a table is not there,
 * `maxwell.no-select-privilege`.
 */
export async function readMaxwellTables(
  connection: Connection,
  access: MysqlAccess,
  schemaDatabase: string,
): Promise<MaxwellTables> {
  const table = (name: string): string => `${quoted(schemaDatabase)}.${quoted(name)}`;
  const number = (row: Row, column: string): number | null => numberIn(row, column, access);
  const position = (row: Row): BinlogPosition | null => {
    const file = text(row, 'binlog_file');
    const offset = number(row, 'binlog_position');
    return file === null || offset === null ? null : { file, offset };
  };
  const all = (name: string, columns = '*'): Promise<readonly Row[]> =>
    rowsOf(connection, access, `SELECT ${columns} FROM ${table(name)}`);
  try {
    const heartbeatColumns = await columnsOf(connection, access, table('heartbeats'));
    const schemaColumns = await columnsOf(connection, access, table('schemas'));
    // Differences between schemas can be megabytes of text that nobody here needs.
    const wanted = schemaColumns.filter((name) => name !== 'deltas').map(quoted);
    return {
      positions: (await all('positions')).map((row) => ({
        serverId: number(row, 'server_id') ?? 0,
        clientId: text(row, 'client_id') ?? 'maxwell',
        position: position(row),
        gtidSet: text(row, 'gtid_set'),
        lastHeartbeatRead: numberIn(row, 'last_heartbeat_read', access, mostMs),
      })),
      heartbeats: (await all('heartbeats')).map((row) => ({
        serverId: number(row, 'server_id') ?? 0,
        clientId: text(row, 'client_id') ?? 'maxwell',
        heartbeat: numberIn(row, 'heartbeat', access, mostMs) ?? 0,
      })),
      schemas: (await all('schemas', wanted.join(', '))).map((row) => ({
        id: number(row, 'id') ?? 0,
        position: position(row),
        // An empty set is a set, and lies within every other.
        gtidSet: typeof row['gtid_set'] === 'string' ? row['gtid_set'] : null,
        // Rows from before the column existed count as 0, its default.
        lastHeartbeatRead: schemaColumns.includes('last_heartbeat_read')
          ? numberIn(row, 'last_heartbeat_read', access, mostMs)
          : 0,
        baseSchemaId: number(row, 'base_schema_id'),
        serverId: number(row, 'server_id'),
        deleted: number(row, 'deleted') === 1,
      })),
      heartbeatColumns,
    };
  } catch (error) {
    throw tablesFault(error, access, schemaDatabase);
  }
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

async function columnsOf(connection: Connection, access: MysqlAccess, table: string): Promise<string[]> {
  return (await rowsOf(connection, access, `SHOW COLUMNS FROM ${table}`)).map((row) => String(row['Field']));
}

function text(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Turns an error of reading Maxwell's tables into a fault that names the grant or the setting. */
export function tablesFault(error: unknown, access: MysqlAccess, schemaDatabase: string): Fault {
  if (error instanceof Fault) return error;
  const where = mysqlIdentity(access.settings);
  const said = visible(error instanceof Error ? error.message : String(error));
  const errno = errorNumber(error);
  if ([1044, 1142, 1143].includes(errno))
    return new Fault({
      code: 'maxwell.no-select-privilege',
      message: `The account ${access.settings.user} may not read Maxwell's tables: ${said}.`,
      where,
      exit: 'blocked',
      next: [`GRANT SELECT ON ${quoted(schemaDatabase)}.* TO the account`],
    });
  if ([1049, 1146].includes(errno))
    return new Fault({
      code: 'maxwell.no-tables',
      message: `Maxwell's tables are not in the database ${visible(schemaDatabase)} of ${where}: ${said}.`,
      where,
      exit: 'blocked',
      next: ['name the database that Maxwell was given as schema_database (default maxwell)'],
    });
  return new Fault({
    code: 'mysql.unreachable',
    message: `${where} stopped answering: ${said}.`,
    where,
    exit: 'unreachable',
  });
}
