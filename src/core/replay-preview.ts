import type { BinlogPosition } from './binlog-position.ts';
import type { Progress } from './host.ts';
import type { StoredPosition } from './maxwell.ts';

/** Rows of one table in the window, by what is done to them. */
export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  /** Whether Maxwell's filter lets it through; rows of other tables are counted but never sent. */
  readonly sent: boolean;
}

/** Rows of a stretch of time. */
export interface RowsInTime {
  /** Its beginning, ms since the epoch, by the time in the rows' headers (when their statements began). */
  readonly fromMs: number;
  /** Rows that Maxwell would send. */
  readonly rows: number;
}

/** A number that is known only within bounds. */
export interface RowRange {
  readonly atLeast: number;
  readonly atMost: number;
  /** Why the bounds are where they are: whole sentences. */
  readonly why: readonly string[];
}

/** What Maxwell would send if it started at a position. */
export interface ReplayPreview {
  readonly from: BinlogPosition;
  /** Where counting ended: the wanted end, or the end of the log when counting began. */
  readonly until: BinlogPosition;
  /** Rows that would be sent, after Maxwell's filter. */
  readonly rows: number;
  /** Rows of tables that the filter or Maxwell itself leaves out. */
  readonly rowsLeftOut: number;
  readonly transactions: number;
  readonly bytes: number;
  /** Most rows first. */
  readonly tables: readonly TableRows[];
  /** In order of time; empty stretches are left out. */
  readonly overTime: readonly RowsInTime[];
  /** Width of a stretch in minutes: 1, or more when the window is so long that memory would grow. */
  readonly minutesEach: number;
  /** Statements outside transactions; at most 200, `ddlCount` says how many there were. */
  readonly ddls: readonly {
    readonly statement: string;
    readonly schema: string;
    readonly atMs: number;
    readonly end: BinlogPosition;
  }[];
  readonly ddlCount: number;
  /** Rows whose number in their event could not be told (each such event counts as one row). */
  readonly uncounted: number;
  readonly stored: StoredPosition | null;
  /** Rows before Maxwell's stored position: published before. Published, not consumed. */
  readonly publishedBefore: number;
  /** Rows after it that Maxwell may have published without storing that it did. */
  readonly inFlight: number;
  /** How many may reach consumers a second time. */
  readonly twice: RowRange;
  /** How many were never published and would be now. */
  readonly never: RowRange;
  /** Whether Maxwell's last act was to store its position, so that nothing was in flight. */
  readonly stoppedInOrder: boolean;
  readonly filter: { readonly expression: string; readonly applied: boolean; readonly why: string | null };
  readonly warnings: readonly string[];
  readonly cost: { readonly bytesRead: number; readonly ms: number };
}

/** The part of a preview that is agreed to and journalled, so that it can be compared with what came. */
export interface ReplayExpectation {
  /** Rows that are sent. */
  readonly rows: number;
  /** How many of them reach consumers a second time. */
  readonly twice: { readonly atLeast: number; readonly atMost: number };
  /** How many of them were never published before. */
  readonly never: { readonly atLeast: number; readonly atMost: number };
}

/** Receives progress; null ends the line. */
export type ProgressSink = (progress: Progress | null) => void;
