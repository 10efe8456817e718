import type { LoadType, LoadTable } from './load-type.ts';

/** Which run: a load type for a date. */
export interface LoadJob {
  readonly load: LoadType;
  /** `2019-10-17`. */
  readonly date: string;
}

/** How the run of a load type for a date stands, of those that esr-ops started. */
export type LoadJobState =
  | { readonly is: 'none' }
  /** Its place is taken and it was never begun: its own order begins it, another may replace it. */
  | { readonly is: 'placed'; readonly id: string; readonly where: string }
  | {
      readonly is: 'running';
      /** What its order was called; a run with another id is somebody else's. */
      readonly id: string;
      /** Ms since the epoch by its host's clock; null when that is not known. */
      readonly sinceMs: number | null;
      readonly where: string;
    }
  | {
      readonly is: 'ended';
      readonly id: string;
      /** Null: it is gone without having said how it ended (killed, or its host went down). */
      readonly exitCode: number | null;
      readonly endedMs: number | null;
      readonly where: string;
    };

/** Runs of a load type that are going on. */
export interface LoadsInProgress {
  /** Those that esr-ops started, of any date. */
  readonly own: readonly { readonly date: string; readonly id: string }[];
  /** What shows that somebody else's run goes on. */
  readonly others: readonly string[];
  /** Why it is not known whether somebody else's does; null when it is. */
  readonly unknown: string | null;
}

/** New lines of a run's log. */
export interface LoadJobLog {
  readonly lines: readonly string[];
  /** Where to go on from. */
  readonly next: string;
}

/**
 * What every way of running a load type can be asked; a container, a program on a host and a message are three, and a
 * job of a build server would be another. Faults are those of the host, the engine or the broker.
 */
export interface LoadJobs {
  state(job: LoadJob): Promise<LoadJobState>;
  inProgress(load: LoadType): Promise<LoadsInProgress>;
  /** From `after` on; null is the beginning. Only whole lines, but for the last one of a run that has ended. */
  log(job: LoadJob, after: string | null): Promise<LoadJobLog>;
}

/** An order to run a load type for a date. */
export interface LoadOrder extends LoadJob {
  /** Unique: what makes this order's run this order's. */
  readonly id: string;
  /** Id of the ended run whose place it takes; null: there is none. */
  readonly replaces: string | null;
  /** By name, defaults filled in. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Local Offices that it is for. */
  readonly offices: readonly string[];
}

/**
 * Changes to runs. `start` is done once for one id however often it is called, and refuses (`load.taken`, exit blocked)
 * when another id has the place. A Fault with `details.sent` true leaves it open whether it started: ask `state`.
 */
export interface LoadJobsWriter {
  start(order: LoadOrder): Promise<LoadJobEvidence>;
  /** In order within the grace, then killed. */
  stop(job: LoadJob, id: string, graceMs: number): Promise<LoadJobEvidence>;
}

/** What a change said. */
export interface LoadJobEvidence {
  readonly evidence: readonly string[];
}

/** What was found in one of the places that a load type writes to, for a date. */
export interface FoundWrite {
  /** `tcs.EsrNotification`, `s3://bucket/prefix`, `queue esr.queue.x`. */
  readonly where: string;
  readonly unit: 'rows' | 'files' | 'messages';
  /** Null: not known, and `unknown` says why. */
  readonly total: number | null;
  /** By Local Office's code; null where they can't be told apart. What is of no known office is not counted. */
  readonly byOffice: Readonly<Record<string, number>> | null;
  /** What is wrong with what is there, such as a gap in the numbers. */
  readonly findings: readonly string[];
  readonly unknown: string | null;
}

/** Which rows are counted. */
export interface RowQuestion {
  readonly table: LoadTable;
  /** `2019-10-17`. */
  readonly date: string;
  /** IANA zone in which the date is meant. */
  readonly zone: string;
}

/** Reads of everything about load types. */
export interface LoadReaders {
  readonly jobs: LoadJobs;
  /** One for each of the load type's `writes`, in their order. What can't be read is in `unknown`. */
  found(job: LoadJob, offices: readonly string[]): Promise<readonly FoundWrite[]>;
}
