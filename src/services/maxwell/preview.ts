import { compareBinlogPositions, positionText, type BinlogPosition } from '../../core/binlog-position.ts';
import { Fault } from '../../core/fault.ts';
import { readTableFilter } from '../../core/maxwell-filter.ts';
import type { ProgressSink, ReplayPreview, RowRange } from '../../core/replay-preview.ts';
import { tallyRows } from '../../core/row-tally.ts';
import { dumpBinlog } from '../mysql/binlog-dump.ts';
import { mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';
import { rowOperation } from '../mysql/event-types.ts';
import { trackTransactions, wantsForTransactions } from '../mysql/transactions.ts';
import { findHeartbeats } from './heartbeat-rows.ts';
import { countIntoTally } from './row-counter.ts';
import { readMaxwellScene, type MaxwellIdentity, type MaxwellScene } from './scene.ts';
import { watchInFlight } from './in-flight.ts';

/** A window of the binlog to count. */
export interface PreviewOptions extends MaxwellIdentity {
  readonly access: MysqlAccess;
  /** Where Maxwell would start: an event's beginning, as `locate` finds it. */
  readonly from: BinlogPosition;
  /** Where counting ends; default the end of the log when it begins. A time ends at Maxwell's first
   * heartbeat after it, or without heartbeats at a transaction stamped 10 s later: it counts rather more than less. */
  readonly until?: { readonly position: BinlogPosition } | { readonly atMs: number };
  /** Maxwell's `filter` setting; default none. */
  readonly filter?: string;
  /**
   * Whether all that was published was also consumed (Maxwell stopped in order and every queue was seen empty after):
   * then every row published before comes twice. Default false: unknown.
   */
  readonly allConsumed?: boolean;
  /**
   * Whether Maxwell was alive and was told to stop. Default false: it may have been killed just after it had stored its
   * position at a heartbeat, which looks the same.
   */
  readonly stoppedInOrder?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
}

const mostDdls = 200;

/** How much later than a wanted end a header must be to end the counting where no heartbeat does, ms. */
const graceMs = 10_000;

/**
 * Reads the window once and counts what Maxwell would send. Memory does not depend on the window. Faults: those of
 * readMaxwellScene and dumpBinlog; `preview.backwards` (exit usage); `binlog.compressed` (exit blocked).
 */
export async function preview(options: PreviewOptions): Promise<ReplayPreview> {
  const { access, from, signal, progress } = options;
  const began = performance.now();
  const sinceMs = Date.now();
  const scene = await readMaxwellScene(access, options);
  const { server, stored } = scene;
  const limit = options.until !== undefined && 'position' in options.until ? options.until.position : server.end;
  const limitMs = options.until !== undefined && 'atMs' in options.until ? options.until.atMs : null;
  if (compareBinlogPositions(from, limit) > 0)
    throw new Fault({
      code: 'preview.backwards',
      message: `${positionText(from)} lies after ${positionText(limit)}, where the window would end.`,
      where: mysqlIdentity(access.settings),
      exit: 'usage',
      next: ['give a start that lies before the end'],
    });

  const filter = readTableFilter(options.filter ?? '');
  const tally = tallyRows(
    (schema, table) => schema !== options.schemaDatabase && (!filter.applies || filter.lets(schema, table)),
  );
  const counter = countIntoTally(tally);
  const tracker = trackTransactions(from);
  const finder = findHeartbeats(scene.owner);
  const sizes = windowBytes(scene, from, limit);
  const inFlight = watchInFlight(scene, options.stoppedInOrder ?? false);
  const ddls: ReplayPreview['ddls'][number][] = [];
  let [ddlCount, transactions, bytes, publishedBefore, sentHere, events] = [0, 0, 0, 0, 0, 0];
  let until = from;
  let rowsEnd: BinlogPosition | null = null;
  const storedAt = stored?.position ?? null;
  let heartbeat: number | null = null;
  const isBeforeLimit = beforeLimit(limit);
  const { bytesRead } =
    compareBinlogPositions(from, limit) === 0
      ? { bytesRead: 0 }
      : await dumpBinlog({
          access,
          from,
          signal,
          wants: (header) => counter.wants(header) || wantsForTransactions(header) || finder.wants(header),
          event: (event) => {
            const { header, file, end } = event;
            bytes += header.size;
            events += 1;
            if ((events & 0x3f_ff) === 0)
              progress?.({
                label: `counting ${file}`,
                done: Math.min(bytes, sizes),
                total: sizes,
                unit: 'bytes',
                sinceMs,
              });
            sentHere += counter.count(event);
            if (rowOperation(header.type) !== null) rowsEnd = { file, offset: end };
            heartbeat = finder.look(event) ?? heartbeat;
            const transaction = tracker.next(event);
            if (transaction !== null) {
              if (transaction.statement === null) transactions += 1;
              else {
                ddlCount += 1;
                if (ddls.length < mostDdls)
                  ddls.push({
                    statement: transaction.statement.text,
                    schema: transaction.statement.schema,
                    atMs: transaction.latestSeconds * 1000,
                    end: transaction.end,
                  });
              }
              if (heartbeat !== null) inFlight.heartbeat(heartbeat, transaction);
              // Maxwell may store the end of a transaction's last rows instead of the end of the transaction.
              if (storedAt !== null && compareBinlogPositions(rowsEnd ?? transaction.end, storedAt) <= 0)
                publishedBefore += sentHere;
              else inFlight.add(sentHere, transaction.latestSeconds);
              sentHere = 0;
              rowsEnd = null;
              until = transaction.end;
              if (limitMs !== null && pastTime(limitMs, heartbeat, transaction.latestSeconds, server.nowMs))
                return false;
              heartbeat = null;
            }
            return isBeforeLimit(file, end);
          },
        });
  progress?.(null);
  const rows = tally.rows();
  const never = rows - publishedBefore;
  const stoppedInOrder = inFlight.stoppedInOrder();
  const upTo = Math.min(never, inFlight.rows());
  return {
    from,
    until,
    rows,
    rowsLeftOut: tally.leftOut(),
    transactions,
    bytes,
    tables: tally.tables(),
    overTime: tally.overTime(),
    minutesEach: tally.minutesEach(),
    ddls,
    ddlCount,
    uncounted: counter.uncounted(),
    stored,
    publishedBefore,
    inFlight: upTo,
    twice: twiceRange(options, publishedBefore, upTo, scene),
    never: {
      atLeast: never - upTo,
      atMost: never,
      why: [
        storedAt === null
          ? 'No position is stored, so nothing counts as published.'
          : `${never} rows lie after the stored position ${positionText(storedAt)}.`,
        ...(upTo === 0
          ? []
          : [
              `Up to ${upTo} of them may have been published before Maxwell stopped: it stores its position once a second.`,
            ]),
      ],
    },
    stoppedInOrder,
    filter: {
      expression: options.filter ?? '',
      applied: filter.applies,
      why: filter.applies ? null : `${filter.why}; all rows are counted as sent`,
    },
    warnings: [
      ...server.warnings,
      ...(filter.applies ? [] : [`${filter.why}; all rows are counted as sent`]),
      ...(ddlCount === 0
        ? []
        : [
            `${ddlCount} statements outside transactions are in the window: Maxwell meets them again and builds the schema from them.`,
          ]),
      ...(counter.uncounted() === 0
        ? []
        : [`${counter.uncounted()} events hold rows that could not be told apart; each counts as one row.`]),
    ],
    cost: { bytesRead, ms: Math.round(performance.now() - began) },
  };
}

/** Whether a place lies before the end; the files are only compared when another one begins. */
function beforeLimit(limit: BinlogPosition): (file: string, offset: number) => boolean {
  let compared = '';
  let files = 0;
  return (file, offset) => {
    if (file !== compared) {
      compared = file;
      files = compareBinlogPositions({ file, offset: 0 }, { file: limit.file, offset: 0 });
    }
    return files < 0 || (files === 0 && offset < limit.offset);
  };
}

/**
 * Whether a time is past: by Maxwell's own heartbeat, or by a header that is so much later that it is no session with a
 * time of its own; what is later than the server's clock is one.
 */
function pastTime(limitMs: number, heartbeat: number | null, latestSeconds: number, nowMs: number): boolean {
  if (heartbeat !== null) return heartbeat > limitMs;
  return latestSeconds * 1000 > limitMs + graceMs && latestSeconds * 1000 <= nowMs + 1_000;
}

function windowBytes({ server }: MaxwellScene, from: BinlogPosition, limit: BinlogPosition): number {
  return server.files.reduce((sum, { name, bytes }) => {
    const [first, last] = [
      compareBinlogPositions({ file: name, offset: 0 }, { ...from, offset: 0 }),
      compareBinlogPositions({ file: name, offset: 0 }, { ...limit, offset: 0 }),
    ];
    if (first < 0 || last > 0) return sum;
    return sum + (last === 0 ? limit.offset : bytes) - (first === 0 ? from.offset : 0);
  }, 0);
}

function twiceRange(
  { allConsumed = false }: PreviewOptions,
  published: number,
  inFlight: number,
  scene: MaxwellScene,
): RowRange {
  return {
    atLeast: allConsumed ? published : 0,
    atMost: published + inFlight,
    why: [
      (scene.stored?.position ?? null) === null
        ? 'No position is stored, so nothing counts as published.'
        : `${published} rows lie before the stored position: Maxwell has published them.`,
      allConsumed
        ? 'All that was published was consumed.'
        : 'Published is not consumed: what the broker lost comes once, what reached its consumer comes twice.',
      ...(inFlight === 0 ? [] : [`Up to ${inFlight} more may have been published after the position was last stored.`]),
    ],
  };
}
