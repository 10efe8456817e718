import * as z from 'zod';
import { nothing, type Action, type ActionContext, type Decision } from '../core/action.ts';
import { compareBinlogPositions, positionText } from '../core/binlog-position.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { Blocker } from '../core/plan.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import { onDuplicateWords } from '../core/replay-consumers.ts';
import type { ReplayExpectation, ReplayPreview } from '../core/replay-preview.ts';
import { allConsumed } from './all-consumed.ts';
import { instantArg } from './instant-arg.ts';
import { isPurged, replayStart, workOf, type Asked, type Place } from './replay-start.ts';
import { noCdc } from './cdc-stop.ts';
import { sinceWhen } from './since-when.ts';
import { undoReset, type Undoing } from './undo-reset.ts';

const schema = z.object({
  at: instantArg.nullish(),
  to: z.string().nullish(),
  gtid: z.string().nullish(),
  undo: z.string().nullish(),
  'accept-gap': z.boolean().nullish(),
});

/** Sets Maxwell to a proven place, and says beforehand what the replay will send. */
export const maxwellReset: Action<z.infer<typeof schema>> = {
  verb: 'maxwell.reset',
  help: "set Maxwell's stored position to a time or a place, compared and set while it is stopped",
  args: { at: 'int?', to: 'string?', gtid: 'string?', undo: 'string?', 'accept-gap': 'bool?' },
  affects: ['cdc.'],
  reads: ['cdc.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async (args, context) => {
    const { cdc } = context.readers;
    if (cdc === null) return { ...nothing, blockers: [noCdc(context)] };
    const accepted = args['accept-gap'] === true;
    const status = await cdc.maxwell.status();
    const undoing = args.undo == null ? null : await undoReset(cdc, args.undo, status, accepted, context);
    if (undoing?.done === true)
      return { ...nothing, unchanged: [`the stored position is ${positionText(undoing.place)} already`] };
    const place = undoing?.place ?? (await replayStart(cdc, askedIn(args), status, context));
    const gap = undoing === null ? await gapBefore(place, status, cdc, context) : null;
    const { maxwell } = cdc;
    const window = {
      from: place,
      untilMs: null,
      allConsumed: await allConsumed(await cdc.target(), context),
      stoppedInOrder: Object.values(context.outputs).some((output) => output['ran'] === true),
    };
    const seen = await maxwell.preview(window, workOf(context));
    const { heartbeat } = place;
    return {
      ...nothing,
      changes:
        heartbeat === null
          ? []
          : [
              {
                kind: 'maxwell.reset',
                clientId: maxwell.clientId,
                serverId: place.located.serverId,
                was: status.stored,
                to: { file: place.file, offset: place.offset, gtidSet: place.gtidSet, heartbeat },
                expect: expectationOf(seen),
                undoes: undoing === null || args.undo == null ? null : { run: args.undo, skips: undoing.skips },
              },
            ],
      blockers: [
        ...stillAlive(status.looks, context),
        ...unfit(place),
        ...(undoing?.blockers ?? []),
        ...(gap === null || accepted ? [] : [skipped(gap)]),
        ...(undoing === null ? await sinceWhen(askedIn(args), cdc, context) : []),
      ],
      notes: [
        ...place.why,
        ...(undoing?.notes ?? []),
        ...(gap === null ? [] : [gap]),
        ...previewWords(seen),
        ...consumerWords(seen, undoing, context),
      ],
    } satisfies Decision;
  },
};

/** `to` is a time (RFC 3339 in UTC, as an input holds it) or FILE:OFFSET. */
function askedIn({ at, to, gtid }: z.infer<typeof schema>): Asked {
  const time = to == null ? null : z.iso.datetime().safeParse(to);
  return {
    at: at ?? (time?.success === true ? Date.parse(time.data) : null),
    position: time?.success === false ? (to ?? null) : null,
    gtidSet: gtid ?? null,
  };
}

/** What a replay from the place would leave out for good: all between Maxwell's own position and the place. */
async function gapBefore(
  place: Place,
  status: MaxwellStatus,
  cdc: CdcReaders,
  context: ActionContext,
): Promise<string | null> {
  const stored = status.stored?.position ?? null;
  if (stored === null || compareBinlogPositions(place, stored) <= 0) return null;
  const purged = isPurged(status);
  const window = { from: stored, untilMs: null, upTo: place, allConsumed: false };
  // Between a transaction's last rows, where Maxwell stores its position, and its end lies nothing.
  const between = purged ? null : (await cdc.maxwell.preview(window, workOf(context))).rows;
  if (between === 0) return null;
  const gone = purged ? `: ${stored.file} was purged` : '';
  const rows = between === null ? 'No change in between is' : `None of the ${between} row(s) in between is`;
  return `Maxwell published up to ${positionText(stored)}, and the replay begins only at ${positionText(place)}${gone}. ${rows} ever published`;
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

function unfit({ heartbeat, gtidSet, located }: Place): readonly Blocker[] {
  const noSchema =
    'No row of `schemas` fits this position: Maxwell would take the tables of today for changes of then, and crash or send wrong columns.';
  const noSet =
    'Maxwell works by GTID sets, and which set goes with this place is not known. Give the set itself: --gtid SET.';
  return [
    ...(heartbeat !== null
      ? []
      : [{ code: 'maxwell.no-schema', message: noSchema, items: [...located.schema.warnings], remedies: [] }]),
    ...(located.byGtid && gtidSet === null
      ? [{ code: 'maxwell.no-gtid-set', message: noSet, items: [], remedies: [] }]
      : []),
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

/** What a second time means, where there can be one. */
function consumerWords(
  { twice }: ReplayPreview,
  undoing: Undoing | null,
  { environment }: ActionContext,
): readonly string[] {
  if (twice.atMost === 0 || typeof environment.cdc === 'string') return [];
  if (undoing !== null && undoing.skips > 0) return [];
  return environment.cdc.consumers.map((consumer) => `what comes twice: ${onDuplicateWords(consumer)}`);
}

function rangeWords({ atLeast, atMost, why }: ReplayPreview['twice']): string {
  return `${atLeast === atMost ? atMost : `${atLeast} to ${atMost}`}${why.length > 0 ? ` (${why.join(' ')})` : ''}`;
}
