import { z } from 'zod';
import { nothing, type Action, type ActionContext, type Decision } from '../core/action.ts';
import { compareBinlogPositions, positionText, type BinlogPosition } from '../core/binlog-position.ts';
import { Fault } from '../core/fault.ts';
import type { Located } from '../core/locate.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { Blocker } from '../core/plan.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import type { ReplayExpectation, ReplayPreview } from '../core/replay-preview.ts';
import { allConsumed } from './all-consumed.ts';
import { instantArg } from './instant-arg.ts';
import { noCdc } from './cdc-stop.ts';

const schema = z.object({ at: instantArg.nullish(), 'accept-gap': z.boolean().nullish() });

/**
 * How long before Maxwell's last heartbeat a replay begins when nobody says since when, ms: what was published into a
 * dying broker shortly before is lost although the position moved past it.
 */
const defaultBeforeMs = 15 * 60_000;

/** The default is a round time, so that it is the same in a dry run and in the run a minute later while Maxwell lives. */
const defaultStepMs = 5 * 60_000;

/** Sets Maxwell back to a proven position for a time, and says beforehand what the replay will send. */
export const maxwellReset: Action<z.infer<typeof schema>> = {
  verb: 'maxwell.reset',
  help: "set Maxwell's stored position back to a time, compared and set while it is stopped",
  args: { at: 'int?', 'accept-gap': 'bool?' },
  affects: ['cdc.'],
  reads: ['cdc.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ at, 'accept-gap': acceptGap }, context) => {
    const { cdc } = context.readers;
    if (cdc === null) return { ...nothing, blockers: [noCdc(context)] };
    const status = await cdc.maxwell.status();
    const wanted = at ?? defaultSince(status, context);
    const located = await locateOrOldest(cdc, { wanted, asked: at != null, purged: isPurged(status) }, context);
    const place = placeOf(located, at ?? null);
    const gap = gapBefore(place, status);
    const window = { from: place, untilMs: null, allConsumed: await allConsumed(await cdc.target(), context) };
    const seen = await cdc.maxwell.preview(window, workOf(context));
    const { heartbeat } = place;
    return {
      ...nothing,
      changes:
        heartbeat === null
          ? []
          : [
              {
                kind: 'maxwell.reset',
                clientId: cdc.maxwell.clientId,
                serverId: located.serverId,
                was: status.stored,
                to: { file: place.file, offset: place.offset, gtidSet: place.gtidSet, heartbeat },
                expect: expectationOf(seen),
              },
            ],
      blockers: [
        ...stillAlive(status.looks, context),
        ...unfit(place),
        ...(gap === null || acceptGap === true ? [] : [skipped(gap)]),
      ],
      notes: [...whyWords(at ?? null, wanted, place), ...(gap === null ? [] : [gap]), ...previewWords(seen)],
    } satisfies Decision;
  },
};

function workOf(context: ActionContext) {
  return { signal: context.signal, progress: () => undefined };
}

function defaultSince({ stored, heartbeat }: MaxwellStatus, context: ActionContext): number {
  const last = stored?.lastHeartbeatRead ?? heartbeat?.heartbeat ?? context.readers.clock.now();
  return Math.floor((last - defaultBeforeMs) / defaultStepMs) * defaultStepMs;
}

/** Maxwell's own position is known, and what follows it is not in the log any more. */
function isPurged({ stored, positionReadable }: MaxwellStatus): boolean {
  return stored?.position != null && !positionReadable;
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

/** What a replay from the place would leave out for good: all between Maxwell's own position and the place. */
function gapBefore(place: Place, status: MaxwellStatus): string | null {
  const stored = status.stored?.position ?? null;
  if (stored === null || compareBinlogPositions(place, stored) <= 0) return null;
  const gone = isPurged(status) ? `: ${stored.file} was purged` : '';
  return `Maxwell published up to ${positionText(stored)}, and the replay begins only at ${positionText(place)}${gone}. No change in between is ever published`;
}

function skipped(gap: string): Blocker {
  return {
    code: 'maxwell.gap',
    message: `${gap}.`,
    items: [],
    remedies: [
      {
        flag: '--accept-gap',
        input: 'accept-gap',
        value: true,
        label: 'go on without them, and look for them by reconciling',
      },
    ],
  };
}

function stillAlive(looks: string, context: ActionContext): readonly Blocker[] {
  const stopped = [...context.ahead, ...context.made].some((change) => change.kind === 'cdc.stop');
  if (stopped || looks !== 'alive') return [];
  const message =
    'Maxwell runs: it holds its position in memory and would write it over this one. Stop it first (esr-ops cdc restart does it in order).';
  return [{ code: 'maxwell.running', message, items: [], remedies: [] }];
}

/** Where Maxwell is to start, and how that came about. */
interface Place extends BinlogPosition {
  readonly gtidSet: string | null;
  /** Null: none is known that would select a schema. */
  readonly heartbeat: number | null;
  readonly located: Located;
  /** Nobody asked for a time, and Maxwell was first started only here. */
  readonly firstStart: boolean;
}

/**
 * The located position; or, when nobody asked for a time and it lies before Maxwell's first start, that start: its
 * first schema is filed there, and before it Maxwell published nothing.
 */
function placeOf(located: Located, asked: number | null): Place {
  const first = located.schema.later[0];
  if (asked === null && located.schema.chosen === null && first?.position != null && first.baseSchemaId === null) {
    return {
      ...first.position,
      gtidSet: first.gtidSet,
      heartbeat: first.lastHeartbeatRead ?? 0,
      located,
      firstStart: true,
    };
  }
  const heartbeat =
    located.schema.chosen === null ? null : (located.heartbeat ?? located.schema.chosen.lastHeartbeatRead);
  const { file, offset, gtidSet } = located;
  return { file, offset, gtidSet, heartbeat, located, firstStart: false };
}

function unfit({ heartbeat, located }: Place): readonly Blocker[] {
  if (heartbeat !== null) return [];
  const message =
    'No row of `schemas` fits this position: Maxwell would take the tables of today for changes of then, and crash or send wrong columns.';
  return [{ code: 'maxwell.no-schema', message, items: [...located.schema.warnings], remedies: [] }];
}

function whyWords(asked: number | null, wanted: number, place: Place): readonly string[] {
  const since = new Date(wanted).toISOString();
  const { located } = place;
  if (place.firstStart) {
    return [
      `nobody said since when, and ${since} is before Maxwell was first started: the replay begins at that start, ${positionText(place)}`,
    ];
  }
  return [
    asked === null
      ? `nobody said since when, so ${since} is taken: a round time at least a quarter of an hour before Maxwell's last heartbeat`
      : `asked for ${since}`,
    `${positionText(located)} is ${located.proven ? 'proven' : 'NOT proven'} for it`,
    ...located.why,
    ...located.warnings,
  ];
}

function expectationOf({ rows, twice, never }: ReplayPreview): ReplayExpectation {
  const bounds = ({ atLeast, atMost }: typeof twice) => ({ atLeast, atMost });
  return { rows, twice: bounds(twice), never: bounds(never) };
}

function previewWords(seen: ReplayPreview): readonly string[] {
  return [
    `the replay sends ${seen.rows} row(s) in ${seen.transactions} transaction(s)`,
    `expected twice: ${rangeWords(seen.twice)}`,
    `never published before: ${rangeWords(seen.never)}`,
    ...(seen.ddlCount > 0 ? [`${seen.ddlCount} DDL statement(s) lie inside; Maxwell meets them again`] : []),
    ...seen.warnings,
  ];
}

function rangeWords({ atLeast, atMost, why }: ReplayPreview['twice']): string {
  return `${atLeast === atMost ? atMost : `${atLeast} to ${atMost}`}${why.length > 0 ? ` (${why.join(' ')})` : ''}`;
}
