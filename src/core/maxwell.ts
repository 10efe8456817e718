import type { BinlogPosition } from './binlog-position.ts';

/** Maxwell's row of `positions`: the place up to which it has published. */
export interface StoredPosition {
  readonly serverId: number;
  readonly clientId: string;
  /** Null in rows that hold only a GTID set. */
  readonly position: BinlogPosition | null;
  readonly gtidSet: string | null;
  /** Value of the last heartbeat that Maxwell read from the binlog, ms since the epoch on Maxwell's clock; null when never. */
  readonly lastHeartbeatRead: number | null;
}

/** Maxwell's row of `heartbeats`: the last one it wrote. */
export interface StoredHeartbeat {
  readonly serverId: number;
  readonly clientId: string;
  /** Ms since the epoch on the clock of Maxwell's host. */
  readonly heartbeat: number;
}

/** One row of `schemas`: the tables' structure as Maxwell knew it from a position on. */
export interface SchemaRow {
  readonly id: number;
  readonly position: BinlogPosition | null;
  readonly gtidSet: string | null;
  readonly lastHeartbeatRead: number | null;
  /** Null for a whole capture; otherwise the row on which this one's difference builds. */
  readonly baseSchemaId: number | null;
  readonly serverId: number | null;
  readonly deleted: boolean;
}
