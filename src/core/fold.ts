import type { Change } from './change.ts';
import type { ExitName } from './exit-codes.ts';
import type { JournalEntry, JournalRecord, StepOutcome } from './journal.ts';
import type { Json, JsonObject } from './json.ts';
import { Fault, type Problem } from './fault.ts';
import { leftBehind } from './left-behind.ts';

/** State of one change of a step, derived from the journal alone. */
export type ChangeState =
  | { readonly is: 'waiting' }
  | { readonly is: 'open' }
  | { readonly is: 'applied'; readonly evidence: readonly string[]; readonly output: JsonObject }
  | { readonly is: 'failed'; readonly problem: Problem }
  | { readonly is: 'unknown'; readonly why: string };

/** State of one step of a run. */
export interface StepState {
  readonly is: 'waiting' | 'skipped' | 'approved' | 'finished';
  readonly why: string | null;
  readonly outcome: StepOutcome | null;
  readonly changes: readonly { readonly change: Change; readonly state: ChangeState }[];
  readonly approvedAt: string | null;
  /** The command that a wait which was given up names. */
  readonly next?: string;
}

/** State of a run: a pure fold over its records, nothing else. */
export interface RunState {
  readonly started: Extract<JournalEntry, { type: 'run.started' }>;
  readonly startedAt: string;
  readonly lastAt: string;
  /** Label of the incident that the run belongs to; the last one that was given. */
  readonly incident: string | null;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly ended: { readonly exit: ExitName; readonly summary: string; readonly at: string } | null;
  readonly acknowledged: { readonly reason: string; readonly at: string } | null;
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  readonly tokens: readonly string[];
  /** What was said of manual steps beforehand, by step id. */
  readonly did: Readonly<Record<string, string>>;
  readonly effects: number;
  /**
   * The change whose effect is recorded and whose proof is not (yet): what follows in the same process tells that it
   * was proved. `cutOff`: that process ended before, so the change is to be proved again.
   */
  readonly unproved: { readonly step: string; readonly index: number; readonly cutOff: boolean } | null;
}

const waiting: StepState = { is: 'waiting', why: null, outcome: null, changes: [], approvedAt: null };

/**
 * Folds records into the state of the run. The order of records was checked when they were read; a record that
 * refers to a step or change that isn't there is a Fault, because a journal that doesn't add up must not be
 * resumed from.
 */
export function fold(records: readonly JournalRecord[]): RunState {
  const [first, ...rest] = records;
  if (first?.entry.type !== 'run.started') throw inconsistent(first, 'its first record does not start a run');
  const initial: RunState = {
    started: first.entry,
    startedAt: first.at,
    lastAt: first.at,
    incident: first.entry.incident ?? null,
    steps: new Map(first.entry.plan.steps.map((step) => [step.id, waiting])),
    ended: null,
    acknowledged: null,
    notes: [],
    tokens: first.entry.given.confirm,
    did: first.entry.given.did,
    effects: 0,
    unproved: null,
  };
  return rest.reduce(advance, initial);
}

/** The state after one more record: the fold's step, used live by the executor so that running and resuming agree. */
export function advance(state: RunState, record: JournalRecord): RunState {
  return { ...next(state, record), lastAt: record.at, unproved: unprovedAfter(state.unproved, record.entry) };
}

function unprovedAfter(before: RunState['unproved'], entry: JournalEntry): RunState['unproved'] {
  switch (entry.type) {
    case 'change.applied':
      return { step: entry.step, index: entry.index, cutOff: false };
    case 'run.resumed':
      return before === null ? null : { ...before, cutOff: true };
    // Other commands write these, whatever became of the run.
    case 'run.noted':
    case 'run.acknowledged':
      return before;
    case 'change.settled':
    case 'change.failed':
      return null;
    default:
      // A resumed run may end before it has come to the change.
      return before?.cutOff === true ? before : null;
  }
}

function next(state: RunState, record: JournalRecord): RunState {
  const { entry, at } = record;
  switch (entry.type) {
    case 'run.started':
      throw inconsistent(record, 'a second record starts the run');
    case 'run.resumed':
      return {
        ...state,
        ended: null,
        incident: entry.incident ?? state.incident,
        tokens: [...new Set([...state.tokens, ...entry.given.confirm])],
        did: { ...state.did, ...entry.given.did },
      };
    case 'step.skipped':
      return withStep(state, record, entry.step, (step) => ({ ...step, is: 'skipped', why: entry.why }));
    case 'step.approved':
      return withStep(state, record, entry.step, (step) => ({
        ...step,
        is: 'approved',
        approvedAt: at,
        changes: entry.changes.map((change) => ({ change, state: { is: 'waiting' } })),
      }));
    case 'change.intended':
      return { ...withChange(state, record, entry.step, entry.index, { is: 'open' }), effects: state.effects + 1 };
    case 'change.applied':
      return withChange(state, record, entry.step, entry.index, {
        is: 'applied',
        evidence: entry.evidence,
        output: entry.output,
      });
    case 'change.failed':
      return withChange(
        state,
        record,
        entry.step,
        entry.index,
        entry.certain ? { is: 'failed', problem: entry.problem } : { is: 'unknown', why: entry.problem.message },
      );
    case 'change.settled':
      return withChange(state, record, entry.step, entry.index, settledState(entry));
    case 'step.finished':
      return withStep(state, record, entry.step, (step) => ({ ...step, is: 'finished', outcome: entry.outcome }));
    case 'run.ended':
      return { ...state, ended: { exit: entry.exit, summary: entry.summary, at } };
    case 'run.acknowledged':
      return { ...state, acknowledged: { reason: entry.reason, at } };
    case 'run.noted':
      return { ...state, notes: [...state.notes, { at, text: entry.text }] };
    case 'step.checked': {
      const { next } = entry;
      return next === undefined ? state : withStep(state, record, entry.step, (step) => ({ ...step, next }));
    }
    case 'manual.recorded':
    case 'run.interrupted':
      return state;
    default:
      throw inconsistent(
        record,
        `it holds a record of an unknown type ${JSON.stringify((entry satisfies never as { type: string }).type)}`,
      );
  }
}

function settledState(entry: Extract<JournalEntry, { type: 'change.settled' }>): ChangeState {
  if (entry.verdict === 'applied') return { is: 'applied', evidence: entry.evidence, output: entry.output };
  if (entry.verdict === 'not-applied') return { is: 'waiting' };
  return { is: 'unknown', why: entry.evidence.join('; ') };
}

function withStep(
  state: RunState,
  record: JournalRecord,
  id: string,
  change: (step: StepState) => StepState,
): RunState {
  const step = state.steps.get(id);
  if (step === undefined)
    throw inconsistent(record, `it names the step ${JSON.stringify(id)}, which the plan does not have`);
  return { ...state, steps: new Map(state.steps).set(id, change(step)) };
}

function withChange(state: RunState, record: JournalRecord, id: string, index: number, to: ChangeState): RunState {
  return withStep(state, record, id, (step) => {
    if (step.changes[index] === undefined)
      throw inconsistent(record, `it names change ${index} of step ${id}, which was not approved`);
    return { ...step, changes: step.changes.map((item, at) => (at === index ? { ...item, state: to } : item)) };
  });
}

/** What the applied changes of each step gave, merged in order: `${steps.<id>.<name>}` reads it. */
export function outputsOf(state: RunState): Readonly<Record<string, Readonly<Record<string, Json>>>> {
  const outputs: Record<string, Record<string, Json>> = {};
  for (const [id, step] of state.steps) {
    outputs[id] = Object.assign(
      {},
      ...step.changes.map(({ state: at }) => (at.is === 'applied' ? at.output : {})),
    ) as Record<string, Json>;
  }
  return outputs;
}

/** Changes that the run has made and proved so far, in order. */
export function madeChanges(state: RunState): readonly Change[] {
  return [...state.steps.values()].flatMap((step) =>
    step.changes.filter((item) => item.state.is === 'applied').map((item) => item.change),
  );
}

/** Whether the run needs nobody any more: it ended in a settled way, or a person acknowledged how it stands. */
export function isSettled(state: RunState): boolean {
  if (state.acknowledged !== null) return true;
  if (state.ended === null) return state.effects === 0;
  return !needsPerson(state);
}

/**
 * Changes whose outcome isn't known, and effects that were left half-way. A run that failed with each of its changes
 * made and proved, and nothing left to put back (a vhost that refused to start), is settled as it is.
 */
function needsPerson(state: RunState): boolean {
  const exit = state.ended?.exit;
  if (exit === 'done' || exit === 'unverified' || state.effects === 0) return false;
  if (exit !== 'failed') return true;
  const proved = [...state.steps.values()].every((step) => step.changes.every((item) => item.state.is === 'applied'));
  return !proved || state.unproved !== null || leftBehind(state).length > 0;
}

function inconsistent(record: JournalRecord | undefined, what: string): Fault {
  return new Fault({
    code: 'journal.inconsistent',
    message: `The journal does not add up: ${what}.`,
    where: record === undefined ? 'an empty journal' : `record ${record.seq}`,
    exit: 'failed',
    next: ['esr-ops runs show RUN'],
  });
}
