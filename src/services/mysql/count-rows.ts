import { Fault } from '../../core/fault.ts';
import { plusDays, startOfDay } from '../../core/local-day.ts';
import type { RowQuestion } from '../../core/ports-loads.ts';
import { useUtc } from './binlog-server.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from './connect.ts';

/** Rows of a date, by the value of their office column; null where there is none, or it is NULL. */
export type CountedRows = readonly { readonly office: string | null; readonly rows: number }[];

/**
 * Counts the rows of one date of a table, with an account that the server itself refuses writes to. Faults besides
 * those of connecting: `mysql.query` (the table or a column is not there, or may not be read).
 */
export async function countRows(access: MysqlAccess, question: RowQuestion): Promise<CountedRows> {
  const { sql, values } = countStatement(question);
  const connection = await connectMysql(access);
  try {
    // Times in UTC, whatever zone the server is in: a TIMESTAMP is compared in the session's.
    await useUtc(connection, access);
    const [rows] = await connection.query({ sql, timeout: access.settings.timeoutMs }, [...values]);
    return (rows as unknown as readonly { office: unknown; n: number | string }[]).map(({ office, n }) => ({
      office:
        typeof office === 'string' ? office : office instanceof Uint8Array ? Buffer.from(office).toString() : null,
      rows: Number(n),
    }));
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { database, table } = question.table;
    throw new Fault({
      code: 'mysql.query',
      message: `Rows of ${database}.${table} can't be counted: ${error instanceof Error ? error.message : String(error)}.`,
      where: mysqlIdentity(access.settings),
      exit: 'failed',
      next: ['correct `writes` of the load type, or give the account SELECT on the table'],
    });
  } finally {
    // In order it would wait behind a question that nobody answers.
    connection.destroy();
  }
}

function countStatement({ table, date, zone }: RowQuestion): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const at = name(table.date);
  const [from, until] = boundsOf(table.holds, date, zone);
  const where = Object.entries(table.where);
  const office = table.office === null ? 'NULL' : `CAST(${name(table.office)} AS CHAR)`;
  const sql = [
    `SELECT ${office} AS office, COUNT(*) AS n FROM ${name(table.database)}.${name(table.table)}`,
    `WHERE ${at} >= ? AND ${at} < ?`,
    ...where.map(([column]) => `AND ${name(column)} = ?`),
    'GROUP BY office',
  ].join(' ');
  return { sql, values: [from, until, ...where.map(([, value]) => value)] };
}

/** From the date's begin to the next one's, as the column has them. */
function boundsOf(holds: RowQuestion['table']['holds'], date: string, zone: string): readonly [string, string] {
  const next = plusDays(date, 1);
  if (holds !== 'utc') return [date, next];
  const utc = (day: string): string => new Date(startOfDay(day, zone)).toISOString().slice(0, 19).replace('T', ' ');
  return [utc(date), utc(next)];
}

function name(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``;
}
