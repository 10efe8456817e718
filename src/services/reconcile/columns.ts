import type { Connection } from 'mysql2/promise';
import { Fault } from '../../core/fault.ts';
import type { ReconcileTable } from '../../core/reconcile.ts';
import { visible } from '../../core/visible.ts';
import { rowsOf, type Row } from '../mysql/binlog-server.ts';
import { mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';

/** A table of the configuration as the server has it. */
export interface KnownTable {
  readonly table: ReconcileTable;
  /** `schema.table` */
  readonly name: string;
  /** How many columns it has: rows of the log with another number are from before or after an ALTER. */
  readonly columns: number;
  /** Places of columns, from 0 on. */
  readonly idAt: number;
  readonly createdAt: number;
  readonly createdIs: 'timestamp' | 'datetime';
}

const wholeNumbers = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];

/** Finds the configured tables and columns; all that is missing or of the wrong kind is one Fault (exit usage). */
export async function knownTables(
  connection: Connection,
  access: MysqlAccess,
  tables: readonly ReconcileTable[],
): Promise<readonly KnownTable[]> {
  const wrong: string[] = [];
  const known: KnownTable[] = [];
  for (const table of tables) {
    const name = `${table.schema}.${table.table}`;
    const rows = await rowsOf(
      connection,
      access,
      `SELECT column_name AS name, data_type AS type, extra AS extra FROM information_schema.columns
       WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
      [table.schema, table.table],
    );
    if (rows.length === 0) {
      wrong.push(`there is no table ${name}, or ${access.settings.user} may not read it`);
      continue;
    }
    const at = (column: string): number =>
      rows.findIndex((row) => textIn(row, 'name').toLowerCase() === column.toLowerCase());
    const typeOf = (column: string): string => textIn(rows[at(column)] ?? {}, 'type').toLowerCase();
    const wanted = [table.id, table.created, table.office, table.file, table.post, ...table.duplicates];
    const absent = wanted.filter((column) => column !== null && at(column) < 0);
    wrong.push(...absent.map((column) => `${name} has no column ${column ?? ''}`));
    const created = typeOf(table.created);
    if (at(table.id) >= 0 && !wholeNumbers.includes(typeOf(table.id)))
      wrong.push(`${name}.${table.id} is ${typeOf(table.id)}, and must be a whole number`);
    if (at(table.created) >= 0 && created !== 'timestamp' && created !== 'datetime')
      wrong.push(`${name}.${table.created} is ${created}, and must be a timestamp or a datetime`);
    if (rows.some((row) => /VIRTUAL/i.test(textIn(row, 'extra'))))
      wrong.push(`${name} has virtual columns, which the log leaves out, so that its rows can't be told`);
    known.push({
      table,
      name,
      columns: rows.length,
      idAt: at(table.id),
      createdAt: at(table.created),
      createdIs: created === 'timestamp' ? 'timestamp' : 'datetime',
    });
  }
  if (wrong.length === 0) return known;
  throw new Fault({
    code: 'reconcile.columns',
    message: `What the configuration's reconcile section names is not there: ${visible(wrong.join('; '))}.`,
    where: mysqlIdentity(access.settings),
    exit: 'usage',
    next: ['correct reconcile.tables in the configuration', 'GRANT SELECT on these tables to the reading account'],
  });
}

function textIn(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('utf8') : '';
}
