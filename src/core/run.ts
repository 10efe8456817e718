import type { Change } from './change.ts';
import type { Deciding } from './deciding.ts';
import type { ErrorWatch } from './error-watch.ts';
import type { ExitName } from './exit-codes.ts';
import type { Problem } from './fault.ts';
import { advance, type RunState } from './fold.ts';
import type { Host } from './host.ts';
import type { JournalEntry, JournalSink, StepOutputs, Verdict } from './journal.ts';
import type { JsonObject } from './json.ts';
import type { Runbook } from './runbook.ts';

/** What an applied change left behind as proof, and values that later steps refer to. */
export interface Applied {
  readonly evidence: readonly string[];
  readonly output: JsonObject;
}

/** Whether a change is there, asked of the world. */
export interface Verified {
  readonly verdict: Verdict;
  readonly evidence: readonly string[];
  readonly output: JsonObject;
}

/** The only way from a change to an effect: implemented by src/apply, wired by the composition root. */
export interface Applier {
  /** Throws a Fault when it failed; `details.sent: true` in it means that the outcome is not known. */
  apply(change: Change, outputs: StepOutputs): Promise<Applied>;
  /** Reads only. `output` is what applying gave, or null when that was lost in a crash. */
  verify(change: Change, outputs: StepOutputs, output: JsonObject | null): Promise<Verified>;
}

/** Consent and evidence that came with the command line. */
export interface Given {
  readonly yes: boolean;
  readonly confirm: readonly string[];
  /** `--did step=what was seen`, by step id. */
  readonly did: Readonly<Record<string, string>>;
}

/** A first Ctrl-C: stop at the next boundary. */
export interface StopSignal {
  readonly requested: () => boolean;
  /** Aborts sleeps and waits. */
  readonly signal: AbortSignal;
}

/** Everything that a run works with. */
export interface RunSetting {
  readonly runbook: Runbook;
  readonly deciding: Deciding;
  readonly applier: Applier;
  readonly sink: JournalSink;
  readonly host: Host;
  readonly given: Given;
  /** Asked before every effect: both locks still held? Null when they are, otherwise which was lost. */
  readonly lockLost: () => Promise<string | null>;
  readonly stop: StopSignal;
  /** Known errors in the components' logs, looked at around each step that changes something; null: no log is known. */
  readonly errors?: ErrorWatch | null;
}

/** A run on its way: its setting, and its state, which only ever changes by a journal record. */
export interface Run {
  readonly setting: RunSetting;
  state(): RunState;
  record(entry: JournalEntry): Promise<void>;
}

/** How a run or a step ended. Null: go on. */
export interface RunEnd {
  readonly exit: ExitName;
  readonly summary: string;
  readonly problems: readonly Problem[];
  readonly next: readonly string[];
}

/** Makes a run from the state that its records give so far. */
export function openRun(setting: RunSetting, initial: RunState): Run {
  let state = initial;
  return {
    setting,
    state: () => state,
    record: async (entry) => {
      state = advance(state, await setting.sink.append(entry));
    },
  };
}
