import type { BinlogPosition } from './binlog-position.ts';
import type { CdcTarget } from './cdc-config.ts';
import type { CdcEdit, CdcReader, CdcWriter, RepointRequest } from './cdc-ports.ts';
import type { Progress } from './host.ts';
import type { Located } from './locate.ts';
import type { StoredPosition } from './maxwell.ts';
import type { HeartbeatSample, MaxwellStatus } from './maxwell-status.ts';
import type { ReplayPreview } from './replay-preview.ts';

/** A place to start from that somebody gave: to be proved in the log before it is used. */
export type ReplayStart =
  | {
      readonly position: BinlogPosition;
      /** Maxwell's own row had it: also good is then the place behind a transaction's last rows, where Maxwell stores it. */
      readonly stored: boolean;
      /** `last_heartbeat_read` that goes with it; left out or null: the log's last one before it. */
      readonly heartbeat?: number | null;
    }
  /** In the server's notation. */
  | { readonly gtidSet: string };

/** Where a window of the binlog ends, and what is known of what was published. */
export interface PreviewWindow {
  readonly from: BinlogPosition;
  /** A time (ms since the epoch) to end at; null: the end of the log. */
  readonly untilMs: number | null;
  /** A place to end at; left out: none. */
  readonly upTo?: BinlogPosition;
  /** Whether every queue was seen empty after an orderly stop: then all that was published comes twice. */
  readonly allConsumed: boolean;
  /** Whether a living CDC was told to stop, and did: a position at its last heartbeat was then its last act. Default false. */
  readonly stoppedInOrder?: boolean;
}

/** Long reads may be stopped, and say how far they are. */
export interface ReadingWork {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress | null) => void;
}

/** Reads of Maxwell's tables and of the binlog, with an account that the server itself refuses writes to. */
export interface MaxwellReader {
  readonly clientId: string;
  status(): Promise<MaxwellStatus>;
  /**
   * Watches the heartbeat for so many ms, or since an earlier watch that saw the same value. Over 11,000 without a move
   * proves that no Maxwell of this client runs.
   */
  sample(ms: number): Promise<HeartbeatSample>;
  /** Faults `locate.future`, `locate.purged` and those of the binlog (exit blocked). */
  locate(atMs: number, work: ReadingWork): Promise<Located>;
  /**
   * Proves that Maxwell can start at a place that was given. Faults (exit blocked): `position.gone`,
   * `position.unknown-file`, `position.beyond-end`, `position.inside-transaction`, `position.no-event`, `gtid.none`,
   * `gtid.not-executed`, `gtid.purged`, `gtid.other-server`; `gtid.set` (exit usage).
   */
  place(start: ReplayStart, work: ReadingWork): Promise<Located>;
  preview(window: PreviewWindow, work: ReadingWork): Promise<ReplayPreview>;
}

/** What is looked at to say how CDC is. */
export interface CdcLooks {
  readonly process: CdcReader;
  readonly maxwell: MaxwellReader;
  /** Where its configuration makes it publish. Holds no secret. */
  target(): Promise<CdcTarget>;
}

/** Everything that can be read of CDC. */
export interface CdcReaders extends CdcLooks {
  /** Its configuration edited to publish elsewhere, nothing written. Faults of `repointed`. */
  edit(to: RepointRequest): Promise<CdcEdit>;
  /** Opens an AMQP connection with the user and password that an edit leaves CDC with, and closes it again. */
  login(to: RepointRequest): Promise<CdcLogin>;
}

/** What the broker says to CDC's own credentials. `unknown`: neither let in nor refused. */
export interface CdcLogin {
  readonly is: 'accepted' | 'refused' | 'unknown';
  readonly evidence: string;
}

/** A position to start from: file, offset, GTID set and the heartbeat that selects the schema, all together. */
export interface ResetTarget extends BinlogPosition {
  readonly gtidSet: string | null;
  /** `last_heartbeat_read`, ms since the epoch. */
  readonly heartbeat: number;
}

/** The one write to Maxwell's tables: its row of `positions`. `heartbeats` is never touched. */
export interface PositionWriter {
  /**
   * Sets the row where it still is what was read, in one transaction. False: it was something else by then (a
   * Maxwell came back, or somebody else was here), and nothing was changed.
   */
  compareAndSet(was: StoredPosition | null, to: ResetTarget, owner: PositionOwner): Promise<boolean>;
}

/** Whose row it is. */
export interface PositionOwner {
  readonly serverId: number;
  readonly clientId: string;
}

/** Everything that can be changed of CDC. */
export interface CdcWriters {
  readonly process: CdcWriter;
  readonly positions: PositionWriter;
}
