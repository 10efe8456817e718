import type { ActionContext } from '../core/action.ts';
import { parseBinlogPosition, positionText, type BinlogPosition } from '../core/binlog-position.ts';
import { Fault } from '../core/fault.ts';
import type { Located } from '../core/locate.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { CdcReaders, ReadingWork } from '../core/ports-cdc.ts';

/** What was asked for; at most one of them. */
export interface Asked {
  /** ms since the epoch. */
  readonly at: number | null;
  /** `FILE:OFFSET`. */
  readonly position: string | null;
  readonly gtidSet: string | null;
}

/** Where Maxwell is to start, and how that came about. */
export interface Place extends BinlogPosition {
  readonly gtidSet: string | null;
  /** Null: none is known that would select a schema. */
  readonly heartbeat: number | null;
  readonly located: Located;
  /** Whole remarks: why there. */
  readonly why: readonly string[];
}

/**
 * How long before Maxwell's last heartbeat a replay begins when nobody says since when, ms: what was published into a
 * dying broker shortly before is lost although the position moved past it.
 */
const defaultBeforeMs = 15 * 60_000;

/** The default is a round time, so that it is the same in a dry run and in the run a minute later while Maxwell lives. */
const defaultStepMs = 5 * 60_000;

/** Finds and proves the place that was asked for; of a time that nobody gave, one before Maxwell's last heartbeat. */
export async function replayStart(
  cdc: CdcReaders,
  asked: Asked,
  status: MaxwellStatus,
  context: ActionContext,
): Promise<Place> {
  const given = asked.position ?? asked.gtidSet;
  if (given !== null) {
    const start =
      asked.position === null
        ? { gtidSet: given }
        : { position: parseBinlogPosition(asked.position), stored: false as const };
    const located = await cdc.maxwell.place(start, workOf(context));
    return { ...placed(located), why: [`asked for ${given}`, ...located.why, ...located.warnings] };
  }
  const wanted = asked.at ?? defaultSince(status, context);
  const located = await locateOrOldest(cdc, { wanted, asked: asked.at !== null, purged: isPurged(status) }, context);
  return placeOf(located, asked.at, wanted);
}

/** What long reads of a decision work with. */
export function workOf(context: ActionContext): ReadingWork {
  return { signal: context.signal, progress: () => undefined };
}

/** Maxwell's own position is known, and what follows it is not in the log any more. */
export function isPurged({ stored, positionReadable }: MaxwellStatus): boolean {
  return stored?.position != null && !positionReadable;
}

function defaultSince({ stored, heartbeat }: MaxwellStatus, context: ActionContext): number {
  const read = stored?.lastHeartbeatRead ?? 0;
  // A row that was made and has read nothing back says 0, which is no time.
  const last = read > 0 ? read : (heartbeat?.heartbeat ?? context.readers.clock.now());
  return Math.floor((last - defaultBeforeMs) / defaultStepMs) * defaultStepMs;
}

/** A time before the oldest file was nobody's wish when it is the default: then the log's own beginning is taken. */
async function locateOrOldest(
  cdc: CdcReaders,
  { wanted, asked, purged }: { readonly wanted: number; readonly asked: boolean; readonly purged: boolean },
  context: ActionContext,
): Promise<Located> {
  try {
    return await cdc.maxwell.locate(wanted, workOf(context));
  } catch (error) {
    const details = error instanceof Fault ? error.problems[0].details : undefined;
    const oldest =
      typeof details === 'object' && details !== null && 'oldestMs' in details ? details['oldestMs'] : null;
    // How far the log is from the default matters only where it is not known from where on changes are missing.
    if (asked || typeof oldest !== 'number' || (!purged && oldest - wanted > defaultBeforeMs + defaultStepMs))
      throw error;
    return await cdc.maxwell.locate(oldest + 1_000, workOf(context));
  }
}

/**
 * The located position; or, when nobody asked for a time and it lies before Maxwell's first start, that start: its
 * first schema is filed there, and before it Maxwell published nothing.
 */
function placeOf(located: Located, asked: number | null, wanted: number): Place {
  const since = new Date(wanted).toISOString();
  const first = located.schema.later[0];
  if (asked === null && located.schema.chosen === null && first?.position != null && first.baseSchemaId === null) {
    return {
      ...first.position,
      gtidSet: first.gtidSet,
      heartbeat: first.lastHeartbeatRead ?? 0,
      located,
      why: [
        `nobody said since when, and ${since} is before Maxwell was first started: the replay begins at that start, ${positionText(first.position)}`,
      ],
    };
  }
  return {
    ...placed(located),
    why: [
      asked === null
        ? `nobody said since when, so ${since} is taken: a round time at least a quarter of an hour before Maxwell's last heartbeat`
        : `asked for ${since}`,
      `${positionText(located)} is ${located.proven ? 'proven' : 'NOT proven'} for it`,
      ...located.why,
      ...located.warnings,
    ],
  };
}

/** Without a schema there is no heartbeat that would be right. */
function placed(located: Located): Omit<Place, 'why'> {
  const heartbeat =
    located.schema.chosen === null ? null : (located.heartbeat ?? located.schema.chosen.lastHeartbeatRead);
  const { file, offset, gtidSet } = located;
  return { file, offset, gtidSet, heartbeat, located };
}
