import type { CaptureManifest } from './capture.ts';
import type { Change } from './change.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { ErrorShift } from './error-watch.ts';
import type { ExitName } from './exit-codes.ts';
import type { Problem } from './fault.ts';
import type { Look } from './finding.ts';
import type { StepOutcome } from './journal.ts';
import type { Component } from './component.ts';
import type { LoadStatus } from './load-status.ts';
import type { LoadType } from './load-type.ts';
import type { Timetable, TimetableRow } from './timetable.ts';
import type { Json, JsonObject } from './json.ts';
import type { Located } from './locate.ts';
import type { MaxwellOverview } from './maxwell-overview.ts';
import type { Plan, PlannedStep } from './plan.ts';
import type { PostMortem, WrittenBundle } from './post-mortem.ts';
import type { DrainListing } from './ports-messages.ts';
import type { ReplayConsumer } from './replay-consumers.ts';
import type { ChannelQueue, Notice } from './notice.ts';
import type { ReconciledDay, ReconcileException, SignOff } from './reconcile.ts';
import type { ReplayPreview } from './replay-preview.ts';
import type { S3SetReport } from './s3-report.ts';
import type { RehearsalMessages } from './messages-rehearsal.ts';
import type { RunListing } from './ports.ts';
import type { Runbook } from './runbook.ts';

/**
 * Every message of the program: a code and its payload. The codes and payloads are the contract (`--output json`
 * prints them); the words are made in src/terminal and may change.
 */
export interface Messages extends RehearsalMessages {
  /** The plan, before anything is asked. */
  'plan.shown': { readonly plan: Plan };
  /** End of a dry run: nothing was changed. `tokens` are what a scripted run needs with --confirm. */
  'dry-run.ended': {
    readonly plan: Plan;
    readonly tokens: readonly string[];
    readonly manual: readonly string[];
    readonly command: readonly string[];
  };
  'plan.kept': { readonly file: string; readonly digest: string };
  'nothing.to-do': { readonly command: string; readonly why: string };
  'run.started': {
    readonly run: string;
    readonly command: string;
    readonly environment: string;
    readonly journal: string;
    readonly resumed: boolean;
  };
  'step.started': {
    readonly step: PlannedStep;
    readonly position: number;
    readonly of: number;
    readonly prose: string;
  };
  'step.planned': {
    readonly step: string;
    readonly changes: readonly Change[];
    readonly unchanged: readonly string[];
    readonly notes: readonly string[];
  };
  'step.skipped': { readonly step: string; readonly title: string; readonly why: string };
  'step.finished': {
    readonly step: string;
    readonly title: string;
    readonly outcome: StepOutcome;
    readonly ms: number;
  };
  /** Known errors in the components' logs before and after the step; said only when there are any. */
  'step.errors': { readonly step: string; readonly shifts: readonly ErrorShift[] };
  'step.blocked': { readonly step: string; readonly blockers: PlannedStep['blockers'] };
  'change.started': { readonly step: string; readonly index: number; readonly change: Change };
  'change.applied': {
    readonly step: string;
    readonly index: number;
    readonly change: Change;
    readonly evidence: readonly string[];
  };
  'change.failed': {
    readonly step: string;
    readonly index: number;
    readonly change: Change;
    readonly certain: boolean;
    readonly problem: Problem;
  };
  'change.settled': {
    readonly step: string;
    readonly index: number;
    readonly change: Change;
    readonly verdict: string;
    readonly evidence: readonly string[];
  };
  'check.met': {
    readonly step: string;
    readonly that: string;
    readonly facts: JsonObject;
    /** By fact, up to when its value is known to have been so; only of facts of which that is not the time of reading. */
    readonly asOf?: Readonly<Record<string, string>>;
  };
  'check.unmet': {
    readonly step: string;
    readonly that: string;
    readonly facts: JsonObject;
    readonly otherwise: string;
    readonly stops: boolean;
    /** Whether it holds is not known: a fact could not be read. */
    readonly unknown?: boolean;
  };
  'manual.instructions': { readonly step: string; readonly title: string; readonly prose: string };
  'consent.given': { readonly step: string; readonly how: string; readonly tokens: readonly string[] };
  'run.stopping': { readonly after: string };
  'run.ended': {
    readonly run: string;
    readonly exit: ExitName;
    readonly summary: string;
    readonly problems: readonly Problem[];
    readonly next: readonly string[];
    readonly journal: string;
  };
  'lock.waived': { readonly reason: string };
  problem: { readonly problem: Problem };
  note: { readonly text: string };
  'runbooks.listed': {
    readonly runbooks: readonly {
      readonly command: string;
      readonly summary: string;
      readonly file: string;
      readonly steps: number;
    }[];
  };
  /** `source`: the paper checklist as Markdown; empty when shown as text. */
  'runbook.shown': { readonly runbook: Runbook; readonly as: 'text' | 'checklist'; readonly source: string };
  'runbook.linted': { readonly files: readonly string[]; readonly faults: number };
  'runs.listed': { readonly runs: readonly RunListing[] };
  'run.shown': { readonly run: RunListing; readonly records: Json };
  'runs.purged': { readonly removed: readonly string[]; readonly kept: number };
  'run.acknowledged': { readonly run: string; readonly reason: string };
  'run.noted': { readonly run: string; readonly text: string };
  /** Newest first; `damaged` are of whichever vhost. */
  'captures.listed': {
    readonly vhost: string;
    readonly captures: readonly CaptureManifest[];
    readonly damaged: readonly { readonly id: string; readonly why: string }[];
  };
  /** `markdown`: the same, to be pasted into a wiki. */
  'report.made': { readonly report: PostMortem; readonly markdown: string };
  /** `missing`: what could not be had, and why. */
  'bundle.written': WrittenBundle & { readonly missing: readonly string[] };
  /** One exception; said to programs, a person reads those of `reconcile.ended`. */
  'reconcile.found': { readonly exception: ReconcileException };
  /** `first`: the first exceptions. `csv`: the file with all of them. `signedOff`: exactly these were. */
  'reconcile.ended': {
    readonly day: ReconciledDay;
    readonly first: readonly ReconcileException[];
    readonly signedOff: SignOff | null;
    readonly csv: string | null;
  };
  /** A line of CSV, without its end. */
  'csv.line': { readonly line: string };
  'drains.listed': { readonly drains: readonly DrainListing[] };
  /** `more`: others match, too. Bodies and headers are masked unless they were asked for. */
  'messages.listed': { readonly drain: string; readonly messages: readonly JsonObject[]; readonly more: boolean };
  'messages.counted': {
    readonly drain: string;
    readonly total: number;
    readonly queues: Readonly<Record<string, number>>;
  };
  /** One line of an export. */
  'message.exported': { readonly message: JsonObject };
  'maxwell.located': { readonly located: Located };
  /** `located`: how the start was found or proved. `untilMs`: null is the end of the log. */
  'maxwell.previewed': {
    readonly preview: ReplayPreview;
    readonly located: Located | null;
    readonly untilMs: number | null;
    /** What a second time means, for each who consumes the changes. */
    readonly consumers: readonly ReplayConsumer[];
  };
  /**
   * Every part of the interface, in the order in which data flows. `roots`: codes of findings, causes first. `suffix`:
   * flags that a command of the findings needs to mean the same environment.
   */
  'status.shown': {
    readonly environment: string;
    readonly at: string;
    readonly looks: readonly Look[];
    readonly roots: readonly { readonly cause: string; readonly brings: readonly string[] }[];
    readonly suffix: string;
    readonly tookMs: number;
  };
  'diagnosis.shown': { readonly diagnosis: Diagnosis };
  'maxwell.shown': { readonly overview: MaxwellOverview; readonly findings: readonly string[] };
  /** New lines of the log of a run that is followed. */
  'load.logged': { readonly loadType: string; readonly date: string; readonly lines: readonly string[] };
  'etl.status': {
    readonly environment: string;
    readonly date: string | null;
    readonly runs: readonly LoadStatus[];
  };
  'schedule.shown': {
    readonly environment: string;
    readonly timetable: Timetable;
  };
  'etl.listed': { readonly loadTypes: readonly LoadType[] };
  'etl.explained': {
    readonly loadType: LoadType;
    /** Component that runs it; null when the configuration has none of that name. */
    readonly component: Component | null;
    /** Load types that this one waits for. */
    readonly fedBy: readonly string[];
    readonly atMs: number;
    readonly row: TimetableRow | null;
  };
  'component.explained': {
    readonly component: Component;
    /** Components that need it, and load types that it runs. */
    readonly neededBy: readonly string[];
    readonly runs: readonly string[];
  };
  /** A run that was asked for and could not begin; the problems are said besides, as any others. */
  'run.refused': { readonly command: string; readonly problems: readonly Problem[] };
  /** What a run would tell whom, by channel. */
  'notices.ahead': {
    readonly notices: readonly { readonly channel: string; readonly notice: Notice; readonly text: string }[];
  };
  /** What waits to be sent, and why it was not yet. */
  'notices.listed': { readonly environment: string; readonly queues: readonly ChannelQueue[] };
  /** `seen`: keys that were listed. */
  's3.checked': S3Checked;
  /** The same, asked for as a table of files. */
  's3.files': S3Checked;
  'config.shown': { readonly config: Json; readonly file: string };
  'config.schema': { readonly schema: Json };
  'config.checked': {
    readonly environment: string;
    readonly checks: readonly {
      readonly what: string;
      readonly ok: boolean;
      readonly found: string;
      readonly next: string | null;
    }[];
  };
  'help.topic': { readonly topic: string; readonly body: string };
}

/** Files of a date against what is expected. */
interface S3Checked {
  readonly environment: string;
  readonly date: string;
  readonly seen: number;
  readonly sets: readonly S3SetReport[];
}

export type MessageCode = keyof Messages;

/** One message: a code with the payload that belongs to it. */
export type Message = { [C in MessageCode]: { readonly code: C; readonly payload: Messages[C] } }[MessageCode];
