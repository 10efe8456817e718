import type { BinlogPosition } from './binlog-position.ts';
import type { StoredHeartbeat, StoredPosition } from './maxwell.ts';

/** What the database tells of Maxwell. Nothing here proves that a process runs or that it publishes. */
export interface MaxwellStatus {
  readonly clientId: string;
  readonly serverId: number;
  /** The database's clock when it was asked, ms since the epoch; ages are measured against it. */
  readonly nowMs: number;
  readonly stored: StoredPosition | null;
  /** Rows of the same client for other servers: a restore or a failover happened. */
  readonly storedElsewhere: readonly StoredPosition[];
  /** Rows of other clients on this database: other Maxwells, which are left alone. */
  readonly otherClients: readonly StoredPosition[];
  readonly heartbeat: StoredHeartbeat | null;
  /** Now less the last heartbeat, ms: over about 11,000, Maxwell is not writing any. Off by the clocks' difference. */
  readonly heartbeatAgeMs: number | null;
  /** `quiet` is a hint: only a heartbeat that stands still for longer than its interval says that no Maxwell runs. */
  readonly looks: 'alive' | 'quiet' | 'never-seen';
  /** Now less the last heartbeat that was read back from the log, ms: how far behind publishing is at most. */
  readonly lagMs: number | null;
  /** Bytes of log between the stored position and its end; null when the position's file is gone. */
  readonly lagBytes: number | null;
  /** Whether the stored position's file is still on the server. */
  readonly positionReadable: boolean;
  readonly end: BinlogPosition;
  readonly schemaRows: number;
  readonly warnings: readonly string[];
}

/** Whether Maxwell's heartbeat moved while it was watched. */
export interface HeartbeatSample {
  readonly before: number | null;
  readonly after: number | null;
  readonly moved: boolean;
  /** How long it was watched, ms by the database's clock. It stands still only when this is over Maxwell's 10 s interval. */
  readonly watchedMs: number;
}
