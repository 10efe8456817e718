import type { Connection } from 'mysql2/promise';
import { exception } from '../../core/check-files.ts';
import { civilMs, dayWindow, type DayWindow } from '../../core/day-window.ts';
import { Fault } from '../../core/fault.ts';
import type { ReadingWork } from '../../core/ports-cdc.ts';
import type { FileListing, ReconcileReader } from '../../core/ports-reconcile.ts';
import type { ReconciledDay, ReconcileException, ReconcileSettings } from '../../core/reconcile.ts';
import { readBinlogServer, useUtc } from '../mysql/binlog-server.ts';
import { connectMysql, type MysqlAccess } from '../mysql/connect.ts';
import { streamRows } from '../mysql/stream-rows.ts';
import { knownTables, type KnownTable } from './columns.ts';
import { countRows, type SqlBounds } from './day-sql.ts';
import { exceptionTally } from './exception-tally.ts';
import { compareFiles } from './compare-files.ts';
import { loggedTable, packDatetime, type LoggedTable, type RawBounds } from './log-rows.ts';
import { logStart } from './log-start.ts';
import { openLog, type DayLog } from './day-log.ts';
import { matchTable } from './match-table.ts';
import { readTable, type ReadTable } from './read-table.ts';
import { orStopped, serverFault } from './stopped-or-refused.ts';

/** What a day is compared with. */
export interface ReconcileSources {
  readonly access: () => Promise<MysqlAccess>;
  readonly settings: ReconcileSettings;
  /** IANA zone that "that day" is of. */
  readonly timezone: string;
  /** Null: no bucket is configured. */
  readonly files: FileListing | null;
}

/** How long before the day its rows' transactions are looked for: clocks of writers and server differ. */
const marginMs = 3_600_000;

/** A reader that compares days; it only ever reads, with the account that the server itself refuses writes to. */
export function createReconcileReader(sources: ReconcileSources): ReconcileReader {
  return {
    day: async (date, work, found) => {
      const window = dayWindow(date, sources.timezone);
      const access = await sources.access();
      const connection = await connectMysql(access);
      try {
        return await orStopped(work.signal, compareDay({ ...sources, access, window, connection, work }, found));
      } catch (error) {
        if (error instanceof Fault || work.signal.aborted) throw error;
        throw serverFault(error, access);
      } finally {
        connection.destroy();
      }
    },
  };
}

interface Comparison {
  readonly access: MysqlAccess;
  readonly connection: Connection;
  readonly settings: ReconcileSettings;
  readonly timezone: string;
  readonly files: FileListing | null;
  readonly window: DayWindow;
  readonly work: ReadingWork;
}

async function compareDay(
  comparison: Comparison,
  found: (exception: ReconcileException) => Promise<void> | void,
): Promise<ReconciledDay> {
  const { access, connection, settings, timezone, window, work } = comparison;
  const began = performance.now();
  const tally = exceptionTally(found);
  const server = await readBinlogServer(connection, access);
  const known = await knownTables(connection, access, settings.tables);
  const start = await logStart(access, server.files, window.fromMs - marginMs, work.signal);
  // A row made in the second in which the log begins may have been made before it.
  const comparedFrom = start.lateMs === null ? window.fromMs : Math.max(window.fromMs, start.lateMs + 1000);
  const compared = comparedFrom < window.untilMs ? { fromMs: comparedFrom, untilMs: window.untilMs } : null;
  const logged = known.map((table) =>
    loggedTable(table, rawBounds(table, compared ?? { fromMs: 0, untilMs: 0 }, timezone)),
  );
  const log = openLog(access, start.from, server.files, logged, work);

  const [tables] = await Promise.all([readTables(comparison, known, compared, tally.found), log.advance()]);
  // Of what was committed while the tables were read the log may have more: up to its end as it is now.
  await log.advance();
  await matchTables(comparison, { known, logged, tables, log, compared }, tally.found);
  for (const [at, table] of known.entries()) {
    const unread = logged[at]?.unread ?? 0;
    if (unread > 0)
      await tally.found(
        exception('unread', {
          table: table.name,
          rows: unread,
          detail: `${unread} changes in the log can't be understood: the table was altered, or the log is compressed or not complete`,
        }),
      );
    await reportUncompared(comparison, table, compared, start.lateMs, tally.found);
  }
  const files = await compareFiles(
    comparison,
    tables.flatMap((table) => table.files),
    tally.found,
  );
  work.progress(null);
  return {
    date: window.date,
    timezone,
    from: new Date(window.fromMs).toISOString(),
    until: new Date(window.untilMs).toISOString(),
    tables: known.map((table, at) => ({
      table: table.name,
      what: table.table.what,
      rows: tables[at]?.rows ?? 0,
      offices: tables[at]?.offices ?? [],
      inLog: logged[at]?.ids.size ?? 0,
    })),
    files: files.day,
    ...tally.result(),
    remarks: [...server.warnings, ...files.remarks],
    cost: { logBytes: log.bytesRead(), ms: Math.round(performance.now() - began) },
  };
}

/** One snapshot for all tables, so that their figures are of one moment. */
async function readTables(
  { connection, access, settings, timezone, window }: Comparison,
  known: readonly KnownTable[],
  compared: { readonly fromMs: number; readonly untilMs: number } | null,
  found: (exception: ReconcileException) => Promise<void>,
): Promise<readonly ReadTable[]> {
  const timeout = access.settings.timeoutMs;
  await connection.query({ sql: 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', timeout });
  await connection.query({ sql: 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY', timeout });
  const read: ReadTable[] = [];
  for (const table of known) {
    const bounds = {
      day: sqlBounds(table, window, timezone),
      compared: compared === null ? null : sqlBounds(table, compared, timezone),
    };
    read.push(await readTable(connection, table, bounds, settings, found));
  }
  await connection.query({ sql: 'COMMIT', timeout });
  return read;
}

async function matchTables(
  { connection, access, timezone, settings }: Comparison,
  {
    known,
    logged,
    tables,
    log,
    compared,
  }: {
    readonly known: readonly KnownTable[];
    readonly logged: readonly LoggedTable[];
    readonly tables: readonly ReadTable[];
    readonly log: DayLog;
    readonly compared: { readonly fromMs: number; readonly untilMs: number } | null;
  },
  found: (exception: ReconcileException) => Promise<void>,
): Promise<void> {
  if (compared === null) return;
  await useUtc(connection, access);
  for (const [at, table] of known.entries()) {
    const [inLog, inTable] = [logged[at], tables[at]?.ids];
    if (inLog === undefined || inTable === undefined) continue;
    const bounds = sqlBounds(table, compared, timezone);
    await matchTable(
      { connection, access, known: table, logged: inLog, inTable, bounds, log, files: settings.files },
      found,
    );
  }
}

/** Rows from before the log's beginning can't be compared: that is said with their number, not passed over. */
async function reportUncompared(
  { connection, timezone, window }: Comparison,
  known: KnownTable,
  compared: { readonly fromMs: number } | null,
  lateMs: number | null,
  found: (exception: ReconcileException) => Promise<void>,
): Promise<void> {
  if (lateMs === null || (compared !== null && compared.fromMs === window.fromMs)) return;
  const before = sqlBounds(known, { fromMs: window.fromMs, untilMs: compared?.fromMs ?? window.untilMs }, timezone);
  const { sql, values } = countRows(known.table, before);
  let count = 0;
  for await (const [, , rows] of streamRows(connection, sql, values)) count += Number(rows);
  await found(
    exception('unread', {
      table: known.name,
      rows: count,
      detail: `the log begins at ${new Date(lateMs).toISOString()}: what was made before can't be compared with it, nor seen if it was lost`,
    }),
  );
}

/** The bounds as SQL compares the column with them; the session's zone is UTC. */
function sqlBounds(
  known: KnownTable,
  span: { readonly fromMs: number; readonly untilMs: number },
  timezone: string,
): SqlBounds {
  const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const at = comparable(known, timezone);
  return { from: text(at(span.fromMs)), until: text(at(span.untilMs)) };
}

function rawBounds(
  known: KnownTable,
  span: { readonly fromMs: number; readonly untilMs: number },
  timezone: string,
): RawBounds {
  const at = comparable(known, timezone);
  const raw = (ms: number): number =>
    known.createdIs === 'timestamp' ? Math.floor(at(ms) / 1000) : packDatetime(at(ms));
  return { from: raw(span.fromMs), until: raw(span.untilMs) };
}

/** A moment as the column has it: a DATETIME of local times has no zone to convert from. */
function comparable({ createdIs, table }: KnownTable, timezone: string): (ms: number) => number {
  return createdIs === 'datetime' && table.zone === 'local' ? (ms) => civilMs(ms, timezone) : (ms) => ms;
}
