import type { Change } from './change.ts';
import type { Json, JsonObject } from './json.ts';
import type { Plan } from './plan.ts';
import type { ExitName } from './exit-codes.ts';
import type { Problem } from './fault.ts';

/** Who runs it, from where: shown to a second operator and kept in the journal. */
export interface Operator {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

/** How an answer was given. `none` needed none. */
export type ConsentHow = 'none' | 'enter' | 'yes' | 'typed' | 'flag' | 'plan' | 'earlier';

/** Result of asking the world whether a change is there. */
export type Verdict = 'applied' | 'not-applied' | 'unknown';

/** Consent and evidence from the command line; a resume goes on with what was given before. */
export interface JournalledConsent {
  readonly yes: boolean;
  readonly confirm: readonly string[];
  /** `--did`, by step id. */
  readonly did: Readonly<Record<string, string>>;
}

/** What a run records, in the order in which it happens. Every record is on disk before what it announces. */
export type JournalEntry =
  | {
      readonly type: 'run.started';
      readonly format: 1;
      readonly run: string;
      readonly plan: Plan;
      readonly operator: Operator;
      readonly reason: string | null;
      /** Consent given beforehand: `--yes` and the `--confirm` tokens. */
      readonly given: JournalledConsent;
      readonly fleetLock: 'held' | 'waived' | 'not-configured';
      /** Label of the incident that the run belongs to (`--incident`); left out where none was given. */
      readonly incident?: string;
    }
  | {
      readonly type: 'run.resumed';
      readonly operator: Operator;
      readonly given: JournalledConsent;
      /** As in `run.started`: from here on the run has this label. */
      readonly incident?: string;
    }
  | { readonly type: 'step.skipped'; readonly step: string; readonly why: string }
  /** The answer and what it agrees to are one record: a crash can't burn the answer. */
  | {
      readonly type: 'step.approved';
      readonly step: string;
      readonly changes: readonly Change[];
      readonly how: ConsentHow;
      readonly tokens: readonly string[];
    }
  | { readonly type: 'change.intended'; readonly step: string; readonly index: number; readonly change: Change }
  | {
      readonly type: 'change.applied';
      readonly step: string;
      readonly index: number;
      readonly evidence: readonly string[];
      readonly output: JsonObject;
    }
  | {
      readonly type: 'change.failed';
      readonly step: string;
      readonly index: number;
      readonly certain: boolean;
      readonly problem: Problem;
    }
  /** An open intent after a crash, asked of the world (or of a person, `by`). */
  | {
      readonly type: 'change.settled';
      readonly step: string;
      readonly index: number;
      readonly verdict: Verdict;
      readonly by: 'evidence' | 'operator';
      readonly evidence: readonly string[];
      readonly output: JsonObject;
    }
  | {
      readonly type: 'step.checked';
      readonly step: string;
      readonly met: boolean;
      readonly facts: JsonObject;
      readonly attempts: number;
      /** A wait that was given up as in vain: the command to type next. */
      readonly next?: string | undefined;
    }
  | {
      readonly type: 'manual.recorded';
      readonly step: string;
      readonly saw: string;
      readonly how: 'typed' | 'flag' | 'assumed';
    }
  | { readonly type: 'step.finished'; readonly step: string; readonly outcome: StepOutcome }
  | { readonly type: 'run.interrupted'; readonly at: string }
  | {
      readonly type: 'run.ended';
      readonly exit: ExitName;
      readonly summary: string;
      readonly problems: readonly Problem[];
    }
  | { readonly type: 'run.acknowledged'; readonly operator: Operator; readonly reason: string }
  | { readonly type: 'run.noted'; readonly operator: Operator; readonly text: string };

/** `verified`: done and proved · `unverified`: done, proof missing · `nothing`: needed no change. */
export type StepOutcome = 'verified' | 'unverified' | 'nothing';

/** One line of `journal.jsonl`. */
export interface JournalRecord {
  /** Counts from 0 without gaps. */
  readonly seq: number;
  /** RFC 3339 in UTC with milliseconds. */
  readonly at: string;
  readonly entry: JournalEntry;
  /** `hash` of the record before; 64 zeros for the first. */
  readonly prev: string;
  /** SHA-256 over the canonical form of `{seq, at, entry, prev}`. */
  readonly hash: string;
}

/** Where records go: synced to disk before `append` returns. Rejects a record that holds a known secret. */
export interface JournalSink {
  readonly run: string;
  readonly path: string;
  append(entry: JournalEntry): Promise<JournalRecord>;
  close(): Promise<void>;
}

/** What reading a journal gave. */
export interface JournalReading {
  readonly records: readonly JournalRecord[];
  /** A torn last line was left out (a crash in the middle of writing it). Any other damage is a Fault. */
  readonly torn: boolean;
}

/** A value that a later step can refer to: `${steps.capture.id}`. */
export type StepOutputs = Readonly<Record<string, Readonly<Record<string, Json>>>>;
