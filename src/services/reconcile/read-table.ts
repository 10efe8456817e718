import type { Connection } from 'mysql2/promise';
import { exception, nameReader, type NamedFile, type ParsedName } from '../../core/check-files.ts';
import { Fault } from '../../core/fault.ts';
import type { ReconcileException, ReconcileSettings } from '../../core/reconcile.ts';
import { visible } from '../../core/visible.ts';
import { streamRows } from '../mysql/stream-rows.ts';
import type { KnownTable } from './columns.ts';
import { countRows, crowdedPosts, duplicateGroups, idBlocks, type SqlBounds } from './day-sql.ts';
import { createIdSet, type IdSet } from './id-set.ts';

/** A table's day as the table itself has it. */
export interface ReadTable {
  readonly rows: number;
  readonly offices: readonly { readonly office: string; readonly rows: number }[];
  readonly files: readonly NamedFile[];
  /** Rows that are compared with the log. */
  readonly ids: IdSet;
}

/** Told of each exception as it is found. */
export type Found = (exception: ReconcileException) => Promise<void> | void;

/**
 * Reads a table's day. The server counts and groups; what comes from it are sums, exceptions and, for the comparison
 * with the log, 32 ids a row. `compared` are the bounds of that comparison.
 */
export async function readTable(
  connection: Connection,
  known: KnownTable,
  bounds: { readonly day: SqlBounds; readonly compared: SqlBounds | null },
  settings: ReconcileSettings,
  found: Found,
): Promise<ReadTable> {
  const { table, name } = known;
  const officeOfFile: (file: string) => ParsedName | null =
    settings.files === null ? () => null : nameReader(settings.files.name);
  const offices = new Map<string, number>();
  const files = new Map<string, number>();
  let [rows, unfit] = [0, 0];
  const counting = countRows(table, bounds.day);
  for await (const [office, file, count, bad] of streamRows(connection, counting.sql, counting.values)) {
    const fileName = textOf(file);
    const inName = fileName === null ? null : officeOfFile(fileName);
    const of = textOf(office) ?? inName?.office ?? '';
    rows += Number(count);
    unfit += Number(bad);
    offices.set(of, (offices.get(of) ?? 0) + Number(count));
    if (fileName !== null) files.set(fileName, (files.get(fileName) ?? 0) + Number(count));
  }
  if (unfit > 0)
    throw new Fault({
      code: 'reconcile.ids',
      message: `${unfit} rows of ${name} have an id in ${table.id} that is negative or beyond ${Number.MAX_SAFE_INTEGER}.`,
      where: name,
      exit: 'usage',
      next: ['name the primary key with reconcile.tables[].id'],
    });
  const ids = createIdSet();
  if (bounds.compared !== null) {
    const blocks = idBlocks(table, bounds.compared);
    for await (const [block, bits] of streamRows(connection, blocks.sql, blocks.values))
      ids.addBlock(Number(block), Number(bits));
  }
  if (table.duplicates.length > 0) {
    const groups = duplicateGroups(table, bounds.day);
    for await (const [count, first, last, ...key] of streamRows(connection, groups.sql, groups.values)) {
      const words = table.duplicates.map((column, at) => `${column} ${shown(key[at])}`).join(', ');
      await found(
        exception('duplicate', {
          table: name,
          id: `${String(first)}..${String(last)}`,
          rows: Number(count),
          detail: words,
        }),
      );
    }
  }
  const crowded = crowdedPosts(table, bounds.day, settings.recordsPerPost);
  if (crowded !== null)
    for await (const [count, file, post] of streamRows(connection, crowded.sql, crowded.values)) {
      const fileName = textOf(file) ?? '';
      await found(
        exception('over-limit', {
          table: name,
          file: fileName,
          post: shown(post),
          rows: Number(count),
          office: officeOfFile(fileName)?.office ?? null,
          detail: `more than ${settings.recordsPerPost}: ESR rejects the file whole`,
        }),
      );
    }
  return {
    rows,
    ids,
    offices: [...offices]
      .map(([office, count]) => ({ office, rows: count }))
      .sort((a, b) => b.rows - a.rows || (a.office < b.office ? -1 : 1)),
    files: [...files].map(([file, count]) => ({ table: name, file, rows: count })),
  };
}

/** A value of the server as text; null for NULL. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : null;
}

function shown(value: unknown): string {
  const text = textOf(value);
  return text === null ? 'NULL' : visible(text);
}
