import type { ReconcileTable } from '../../core/reconcile.ts';

/** The day as the table's `created` column is compared with it: texts of a date and time. */
export interface SqlBounds {
  readonly from: string;
  readonly until: string;
}

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** A name as SQL has it. */
function name(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``;
}

function from({ schema, table }: ReconcileTable): string {
  return `FROM ${name(schema)}.${name(table)}`;
}

function ofDay({ created }: ReconcileTable): string {
  return `${name(created)} >= ? AND ${name(created)} < ?`;
}

const values = ({ from: first, until }: SqlBounds): readonly string[] => [first, until];

/** Rows by Local Office and file; ids that do not fit are counted, too. Columns: office, file, rows, unfit. */
export function countRows(table: ReconcileTable, bounds: SqlBounds): Statement {
  const columns = [table.office, table.file].map((column) => (column === null ? 'NULL' : name(column)));
  const id = name(table.id);
  return {
    sql: `SELECT ${columns.map((column, at) => `${column} AS g${at}`).join(', ')}, COUNT(*), SUM(${id} < 0 OR ${id} > ${Number.MAX_SAFE_INTEGER}) ${from(table)} WHERE ${ofDay(table)} GROUP BY g0, g1`,
    values: values(bounds),
  };
}

/** The ids, 32 to a row: column `bits` has bit n for the id 32 * block + n. A million of them come as 31,250 rows. */
export function idBlocks(table: ReconcileTable, bounds: SqlBounds): Statement {
  const id = name(table.id);
  return {
    sql: `SELECT ${id} DIV 32 AS block, BIT_OR(1 << (${id} & 31)) AS bits ${from(table)} WHERE ${ofDay(table)} GROUP BY block`,
    values: values(bounds),
  };
}

/** Groups of rows with the same key. Columns: rows, first id, last id, then the key. */
export function duplicateGroups(table: ReconcileTable, bounds: SqlBounds): Statement {
  const keys = table.duplicates.map(name).join(', ');
  const id = name(table.id);
  return {
    sql: `SELECT COUNT(*) AS n, MIN(${id}), MAX(${id}), ${keys} ${from(table)} WHERE ${ofDay(table)} GROUP BY ${keys} HAVING n > 1`,
    values: values(bounds),
  };
}

/** Posts with more rows in one file than a file may have. Columns: rows, file, post. */
export function crowdedPosts(table: ReconcileTable, bounds: SqlBounds, limit: number): Statement | null {
  if (table.file === null || table.post === null) return null;
  const [file, post] = [name(table.file), name(table.post)];
  return {
    sql: `SELECT COUNT(*) AS n, ${file}, ${post} ${from(table)} WHERE ${ofDay(table)} AND ${file} IS NOT NULL AND ${post} IS NOT NULL GROUP BY ${file}, ${post} HAVING n > ?`,
    values: [...values(bounds), limit],
  };
}

/** Rows of the day among some ids. Columns: id, created, office, file. */
export function rowsById(table: ReconcileTable, bounds: SqlBounds, ids: readonly number[]): Statement {
  const columns = [table.id, table.created, table.office, table.file].map((column) =>
    column === null ? 'NULL' : name(column),
  );
  return {
    sql: `SELECT ${columns.join(', ')} ${from(table)} WHERE ${name(table.id)} IN (${ids.map(() => '?').join(', ')}) AND ${ofDay(table)}`,
    values: [...ids, ...values(bounds)],
  };
}
