import type { Change } from '../core/change.ts';
import type { Deciding } from '../core/deciding.ts';
import type { Environment } from '../core/environment.ts';
import type { ErrorWatch } from '../core/error-watch.ts';
import type { Host } from '../core/host.ts';
import type { JournalReading, JournalSink, Operator } from '../core/journal.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { NoticeOutbox, NoticeReader } from '../core/notice.ts';
import type { Plan } from '../core/plan.ts';
import type { BundleContent, WrittenBundle } from '../core/post-mortem.ts';
import type { ReconcileReader } from '../core/ports-reconcile.ts';
import type { CaptureReader, Clock, Readers, RunReader } from '../core/ports.ts';
import type { Applier, StopSignal } from '../core/run.ts';
import type { ProbeReaders } from '../core/ports-probes.ts';
import type { Remembered } from '../core/remembered.ts';
import type { S3Buckets } from '../core/ports-s3.ts';
import type { S3Day } from '../core/s3-check.ts';
import type { Runbook } from '../core/runbook.ts';
import type { Scenarios } from '../core/scenario.ts';
import type { Signature } from '../core/signature.ts';
import type { GlobalOptions } from './invocation.ts';

/** A lock that is held; which one, for messages. */
export interface Lock {
  readonly what: string;
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/** What a run that changes something works with. Only opened once it is certain that something will be changed. */
export interface Effects {
  readonly applier: (run: string) => Applier;
  readonly openJournal: (run: string) => Promise<JournalSink>;
  readonly reopenJournal: (run: string) => Promise<JournalSink & { readonly reading: JournalReading }>;
  /** Keeps the intact beginning of a damaged journal; returns the path of the damaged one. */
  readonly setDamageAside: (run: string) => Promise<string>;
  /** False when the plan was used before. */
  readonly spendPlan: (plan: Plan) => Promise<boolean>;
  readonly hostLock: (target: string, run: string) => Promise<Lock>;
  /** Null where the environment has no database. */
  readonly fleetLock: (target: string, run: string) => Promise<Lock | null>;
  readonly purgeRuns: (
    keep: number,
    olderThanMs: number,
  ) => Promise<{ readonly removed: readonly string[]; readonly kept: number }>;
}

/** A file that the operator named and that appears whole, with `keep`, or not at all. */
export interface NewFile {
  write(text: string): Promise<void>;
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** Everything that write-ups are made from and into, and what is written up. */
export interface RecordKeeping {
  readonly runs: () => Promise<RunReader>;
  /** Without the key of their secrets. */
  readonly captures: () => Promise<CaptureReader>;
  /** A change in words, in the infinitive. */
  readonly describe: () => Promise<(change: Change) => string>;
  /** Knows every secret of the configuration that can be resolved now. */
  readonly scrub: () => Promise<{
    redact(text: string): string;
    readonly names: readonly string[];
    readonly unresolved: readonly string[];
  }>;
  /** Writes a file where the operator said so, and reads it back. */
  readonly newFile: (path: string, force: boolean) => Promise<NewFile>;
  /** Reads the database and the bucket; a Fault where the environment does not say what is compared. */
  readonly reconcile: () => Promise<ReconcileReader>;
  readonly writeBundle: (path: string, content: BundleContent, force: boolean) => Promise<WrittenBundle>;
}

/** All of what is given must hold. */
export interface MessageWanted {
  readonly queue?: string;
  readonly messageId?: string;
  readonly header?: { readonly name: string; readonly equals: string };
  readonly body?: { readonly pointer: string; readonly equals: string };
}

/** Everything that commands are carried out with, wired by the composition root and opened when first used. */
export interface Composition {
  readonly host: Host;
  readonly clock: Clock;
  readonly version: string;
  readonly operator: Operator;
  readonly stop: StopSignal;
  /** From now on a signal does not leave at once: it asks to stop after this work, which the command then ends itself. */
  readonly hold: (work: string) => void;
  readonly global: GlobalOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Built-in runbooks, and those of `--runbooks` and the configuration. */
  readonly runbooks: () => Promise<readonly Runbook[]>;
  /** The one of a command; a fault in somebody's own runbook does not stand in the way of a built-in one. */
  readonly runbookOf: (command: string) => Promise<Runbook | undefined>;
  readonly environment: () => Promise<Environment>;
  readonly readers: () => Promise<Readers>;
  /** Those of `readers` that need no broker; null where the configuration does not say how CDC is controlled. */
  readonly cdc: () => Promise<Readers['cdc']>;
  readonly records: RecordKeeping;
  /** What earlier looks at the environment saw. Keeping it never fails: where it can't be written, nothing happens. */
  readonly looksMemory: {
    readonly read: () => Promise<Remembered | null>;
    readonly keep: (remembered: Remembered) => Promise<void>;
  };
  /** Readers for probes: each gives up after `limitMs`, and the environment need not name every service. */
  readonly probing: (limitMs: number) => Promise<ProbeReaders>;
  /** That of `readers`; needs no broker either. */
  readonly s3: () => Promise<S3Buckets | null>;
  readonly deciding: () => Promise<Deciding>;
  readonly parseInstant: () => Promise<(text: string) => number>;
  /** What waits to be told, and the way to tell it; the second one brings a writer with it. */
  readonly notices: { readonly reader: () => Promise<NoticeReader>; readonly outbox: () => Promise<NoticeOutbox> };
  /** A date, `today` or `yesterday`, in the environment's zone. */
  readonly parseDay: (text: string) => Promise<S3Day>;
  /** Messages of a drain as JSON objects, in the order in which they were drained. */
  readonly messages: (drain: string, wanted: MessageWanted, showBodies: boolean) => Promise<AsyncIterable<JsonObject>>;
  readonly readPlan: (file: string) => Promise<Plan>;
  /** The one file that a dry run writes, where the operator said so. */
  readonly keepPlan: (file: string, plan: Plan) => Promise<void>;
  readonly planSpent: (plan: Plan) => Promise<boolean>;
  /** Dynamic imports of src/apply and the writers happen in here and nowhere else. */
  readonly effects: () => Promise<Effects>;
  readonly config: {
    readonly show: () => Promise<{ readonly config: Json; readonly file: string }>;
    readonly schema: () => Promise<Json>;
    /** Text of the shipped example. */
    readonly example: () => Promise<string>;
    readonly check: () => Promise<
      readonly { readonly what: string; readonly ok: boolean; readonly found: string; readonly next: string | null }[]
    >;
  };
  /** Root of the state folder, and the argv that starts this program again. */
  readonly place: () => Promise<{ readonly stateRoot: string; readonly program: readonly [string, ...string[]] }>;
  /** Watches the logs of CDC and of the components for known errors; null where none of them has a log. */
  readonly errorWatch: () => Promise<ErrorWatch | null>;
  /** Known texts of errors, checked when the program was built. */
  readonly signatures: () => Promise<readonly Signature[]>;
  /** What can be rehearsed, checked when the program was built. */
  readonly scenarios: () => Promise<Scenarios>;
  /** Gives a log line by line (`-`: standard input); resolves to its bytes. */
  readonly readLog: (path: string, take: (line: string) => void) => Promise<number>;
  readonly lintRunbooks: (paths: readonly string[]) => Promise<{ readonly files: readonly string[] }>;
  readonly checklist: (runbook: Runbook) => Promise<string>;
}
