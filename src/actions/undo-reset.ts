import type { ActionContext } from '../core/action.ts';
import { compareBinlogPositions, positionText, type BinlogPosition } from '../core/binlog-position.ts';
import type { MaxwellReset } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import { fold, type RunState } from '../core/fold.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { Blocker } from '../core/plan.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import { isPurged, workOf, type Place } from './replay-start.ts';

/** What undoing a run's reset means now. */
export interface Undoing {
  readonly place: Place;
  /** Rows between Maxwell's position and the old one: published before, and not published again then. */
  readonly skips: number;
  readonly notes: readonly string[];
  readonly blockers: readonly Blocker[];
  /** The stored position is the old one already. */
  readonly done: boolean;
}

/**
 * Reads from a run's journal which position it replaced, and says what going back there means now. A replay can't be
 * called back; only what Maxwell has not reached yet is left out. Faults: `run.not-found`, `maxwell.nothing-to-undo`
 * (exit usage), `maxwell.undo-unknown` and those of MaxwellReader.place (exit blocked).
 */
export async function undoReset(
  cdc: CdcReaders,
  run: string,
  status: MaxwellStatus,
  acceptGap: boolean,
  context: ActionContext,
): Promise<Undoing> {
  const reset = await resetOf(run, context);
  const old = reset.was?.position ?? null;
  if (reset.was === null || old === null)
    throw new Fault({
      code: 'maxwell.nothing-to-undo',
      message: `Run ${run} found no position that it could have replaced: there is none to go back to.`,
      exit: 'usage',
      next: [`esr-ops runs show ${run}`],
    });
  const located = await cdc.maxwell.place(
    { position: old, stored: true, heartbeat: reset.was.lastHeartbeatRead },
    workOf(context),
  );
  const place: Place = {
    ...old,
    gtidSet: reset.was.gtidSet ?? located.gtidSet,
    heartbeat: located.schema.chosen === null ? null : located.heartbeat,
    located,
    why: [
      `run ${run} set the position from ${positionText(old)} to ${positionText(reset.to)}`,
      ...located.why,
      ...located.warnings,
    ],
  };
  const stored = status.stored?.position ?? null;
  if (stored === null) {
    const message = `Maxwell has no stored position any more, so it is not known how far it went on after run ${run}.`;
    return { place, skips: 0, notes: [], done: false, blockers: [blocker('maxwell.undo-unknown', message)] };
  }
  const moved =
    compareBinlogPositions(stored, reset.to) === 0 && status.stored?.lastHeartbeatRead === reset.to.heartbeat
      ? `the stored position still is what run ${run} wrote`
      : `Maxwell went on since: its position is ${positionText(stored)}`;
  const order = compareBinlogPositions(stored, old);
  if (order === 0) return { place, skips: 0, notes: [], done: true, blockers: [] };
  if (order > 0) {
    // The run had set it forward: going back is a replay of what it left out, and is counted as one.
    const replays = compareBinlogPositions(reset.to, old) > 0;
    return { place, skips: 0, notes: [moved], done: false, blockers: replays ? [] : [finished(run, old, stored)] };
  }
  if (isPurged(status)) {
    const between = `what lies between ${positionText(stored)}, which was purged, and ${positionText(old)}`;
    const blockers = acceptGap ? [] : [unproven(between, 'it can not be counted any more')];
    return { place, skips: 0, done: false, notes: [moved, `going back leaves out ${between}`], blockers };
  }
  const skipped = await cdc.maxwell.preview(
    { from: stored, untilMs: null, upTo: old, allConsumed: false },
    workOf(context),
  );
  const byHand = await setByHand(old, run, context);
  const between = `${skipped.rows} row(s) between ${positionText(stored)} and ${positionText(old)}`;
  return {
    place,
    skips: skipped.rows,
    done: false,
    notes: [
      moved,
      byHand === null
        ? `going back leaves out ${between}: counted in the log, and published before run ${run} set the position back`
        : `going back leaves out ${between}`,
      'what was published and never reached its consumer stays missing then; what the replay has sent already is sent',
    ],
    blockers:
      byHand === null || acceptGap ? [] : [unproven(between, `the old position was itself set by run ${byHand}`)],
  };
}

/** Resets that a run has made, newest first. */
function resetsIn(state: RunState): readonly MaxwellReset[] {
  return [...state.steps.values()]
    .flatMap((step) => step.changes)
    .flatMap(({ change, state: at }) => (change.kind === 'maxwell.reset' && at.is === 'applied' ? [change] : []))
    .reverse();
}

async function resetOf(run: string, { readers, environment }: ActionContext): Promise<MaxwellReset> {
  const state = fold((await readers.runs.read(run)).records);
  const [reset] = resetsIn(state);
  if (reset !== undefined) return reset;
  const open = [...state.steps.values()].some((step) =>
    step.changes.some(
      ({ change, state: at }) => change.kind === 'maxwell.reset' && (at.is === 'open' || at.is === 'unknown'),
    ),
  );
  if (open)
    throw new Fault({
      code: 'maxwell.undo-unknown',
      message: `Whether run ${run} set Maxwell's position is not known yet.`,
      exit: 'blocked',
      next: [`esr-ops resume ${run} --env ${environment.name}`],
    });
  const others = (await readers.runs.list()).filter((one) => one.state !== null && resetsIn(one.state).length > 0);
  throw new Fault({
    code: 'maxwell.nothing-to-undo',
    message: `Run ${run} (${state.started.plan.command}) set no position of Maxwell's.${others.length === 0 ? ' No run on this host did.' : ` These did: ${others.map((one) => one.run).join(', ')}.`}`,
    exit: 'usage',
    next: [`esr-ops runs list --env ${environment.name}`],
  });
}

/** The run that wrote the old position itself: what lies before a position that Maxwell did not reach may be unpublished. */
async function setByHand(old: BinlogPosition, run: string, { readers }: ActionContext): Promise<string | null> {
  const found = (await readers.runs.list()).find(
    (one) =>
      one.run !== run &&
      one.state !== null &&
      resetsIn(one.state).some((reset) => compareBinlogPositions(reset.to, old) === 0),
  );
  return found?.run ?? null;
}

function finished(run: string, old: BinlogPosition, stored: BinlogPosition): Blocker {
  return blocker(
    'maxwell.undo-finished',
    `The replay of run ${run} is over: Maxwell has published everything up to ${positionText(stored)}, beyond ${positionText(old)} where it was before. What was sent can't be called back, and setting the position to ${positionText(old)} would send what follows it once more. If that is wanted: esr-ops maxwell reset --to ${positionText(old)}`,
  );
}

function unproven(between: string, why: string): Blocker {
  return {
    ...blocker(
      'maxwell.undo-unproven',
      `Going back leaves out ${between}, and it is not proven that all of it was ever published: ${why}.`,
    ),
    remedies: [
      {
        flag: '--accept-gap',
        input: 'accept-gap',
        value: true,
        label: 'go back without them, and look for them by reconciling',
      },
    ],
  };
}

function blocker(code: string, message: string): Blocker {
  return { code, message, items: [], remedies: [] };
}
