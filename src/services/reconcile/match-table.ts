import type { Connection } from 'mysql2/promise';
import { exception, nameReader } from '../../core/check-files.ts';
import type { ReconcileFiles } from '../../core/reconcile.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { streamRows } from '../mysql/stream-rows.ts';
import type { KnownTable } from './columns.ts';
import { rowsById, type SqlBounds } from './day-sql.ts';
import type { DayLog } from './day-log.ts';
import { createIdSet, lacking, type IdSet } from './id-set.ts';
import type { LoggedTable } from './log-rows.ts';
import { textOf, type Found } from './read-table.ts';

/** One table to match with the log. */
export interface TableMatch {
  readonly connection: Connection;
  readonly access: MysqlAccess;
  readonly known: KnownTable;
  readonly logged: LoggedTable;
  readonly inTable: IdSet;
  readonly bounds: SqlBounds;
  readonly log: DayLog;
  readonly files: ReconcileFiles | null;
}

/** Ids that one question is about. */
const atOnce = 500;
/** Lost rows whose place in the log is looked up. */
const mostPlaces = 1_000;

/**
 * Rows that only the table or only the log has. While they were read, rows came and went: each candidate is looked up
 * in the table again, then the log is read on, and only what both still say is an exception.
 */
export async function matchTable(match: TableMatch, found: Found): Promise<void> {
  const { known, logged, inTable, log } = match;
  const gone = collect(lacking(logged.ids, inTable));
  const unlogged = collect(lacking(inTable, logged.ids));
  if (gone.size === 0 && unlogged.size === 0) return;
  const still = createIdSet();
  for await (const row of rowsOf(match, gone)) still.add(row.id);
  await log.advance();
  const lost = collect(filter(lacking(gone, still), (id) => logged.ids.has(id)));
  const places = await log.placesOf(logged, new Set(firstOf(lacking(lost, still), mostPlaces)));
  for (const id of lacking(lost, still)) {
    const place = places.get(id);
    await found(
      exception('not-in-table', {
        table: known.name,
        id: String(id),
        rows: 1,
        detail: `made by a transaction of the log and never deleted by one${place === undefined ? '' : `; last in ${place}`}`,
      }),
    );
  }
  const officeOf = match.files === null ? () => null : nameReader(match.files.name);
  for await (const row of rowsOf(match, unlogged)) {
    if (logged.ids.has(row.id)) continue;
    await found(
      exception('not-in-log', {
        table: known.name,
        id: String(row.id),
        rows: 1,
        created: row.created,
        file: row.file,
        office: row.office ?? (row.file === null ? null : (officeOf(row.file)?.office ?? null)),
        detail:
          logged.unread === 0
            ? 'no transaction of the log made it: it was never sent by CDC'
            : "no transaction that can be understood made it, and some of the log can't be",
      }),
    );
  }
}

interface FoundRow {
  readonly id: number;
  readonly created: string | null;
  readonly office: string | null;
  readonly file: string | null;
}

async function* rowsOf({ connection, known, bounds }: TableMatch, ids: IdSet): AsyncIterableIterator<FoundRow> {
  let batch: number[] = [];
  const read = async function* (): AsyncIterableIterator<FoundRow> {
    const { sql, values } = rowsById(known.table, bounds, batch);
    for await (const [id, created, office, file] of streamRows(connection, sql, values))
      yield { id: Number(id), created: textOf(created), office: textOf(office), file: textOf(file) };
  };
  for (const id of lacking(ids, createIdSet())) {
    batch.push(id);
    if (batch.length < atOnce) continue;
    yield* read();
    batch = [];
  }
  if (batch.length > 0) yield* read();
}

function collect(ids: Iterable<number>): IdSet {
  const set = createIdSet();
  for (const id of ids) set.add(id);
  return set;
}

function* filter(ids: Iterable<number>, keep: (id: number) => boolean): IterableIterator<number> {
  for (const id of ids) if (keep(id)) yield id;
}

function firstOf(ids: Iterable<number>, most: number): readonly number[] {
  const first: number[] = [];
  for (const id of ids) {
    if (first.length >= most) break;
    first.push(id);
  }
  return first;
}
