import type { DeadlineOutlook } from './deadline.ts';
import type { LoadStanding } from './load-standing.ts';
import type { LoadJobState, LoadsInProgress } from './ports-loads.ts';

/** How one load type stands for a date. */
export interface LoadStatus {
  readonly loadType: string;
  readonly meaning: string;
  readonly date: string;
  /** When it ran, or should have, by its schedule for that date, ms since the epoch; null: not on that day. */
  readonly scheduledMs: number | null;
  /** Null: not known, and `problems` says why. */
  readonly job: LoadJobState | null;
  readonly inProgress: LoadsInProgress | null;
  readonly standing: LoadStanding;
  readonly outlook: DeadlineOutlook | null;
  readonly problems: readonly string[];
}
