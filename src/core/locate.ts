import type { BinlogPosition } from './binlog-position.ts';
import type { StoredPosition } from './maxwell.ts';
import type { SchemaChoice } from './schema-choice.ts';

/** An event of the binlog beside the position. */
export interface NearbyEvent {
  /** As the servers' own tools name it. */
  readonly event: string;
  /** Its header's time, ms since the epoch (whole seconds): when its statement began on its origin. */
  readonly atMs: number;
  /** Where it ends. */
  readonly end: BinlogPosition;
}

/**
 * Why a position was chosen.
 * - `heartbeat`: proven. It is the end of one of Maxwell's own heartbeats, and Maxwell wrote the next one, which it
 *   does only after the first is committed, no later than the wanted time. So all that comes before was committed before.
 * - `commit-timestamps`: unproven. The server writes when it committed each transaction (MySQL 8); its clock is trusted
 *   up to the margin.
 * - `header-times`: unproven. Headers hold when statements began, in seconds; a statement that ran for longer than the
 *   margin can have been committed after the wanted time and still stand before the position.
 * - `position`, `gtid-set`: proven. Somebody gave the place itself, and the log has a transaction's boundary there.
 * - `log-start`: unproven in name only: the log as it is left begins here, less than the margin before the wanted time.
 */
export type LocateBasis = 'heartbeat' | 'commit-timestamps' | 'header-times' | 'log-start' | 'position' | 'gtid-set';

/** A wall-clock time as a place in the binlog from which Maxwell can start. Never inside a transaction. */
export interface Located extends BinlogPosition {
  readonly proven: boolean;
  readonly basis: LocateBasis;
  /** Why this position, for the person: whole sentences. */
  readonly why: readonly string[];
  /** The wanted time, ms since the epoch; null where the place itself was given. */
  readonly atMs: number | null;
  /** Wanted time less the time that the position stands for (heartbeat, or the next event's header), ms; null without a wanted time. */
  readonly distanceMs: number | null;
  /** How much later than its header says a transaction may have been committed without being missed; 0 when proven. */
  readonly marginMs: number;
  /** Set of everything before the position, in the server's notation; null where the log holds no GTIDs. */
  readonly gtidSet: string | null;
  /** For `last_heartbeat_read`: ms since the epoch on Maxwell's clock; null when none is known. */
  readonly heartbeat: number | null;
  /** Where that heartbeat is from. `schema-row`: the one of the schema that holds at the position, which selects the same schema. */
  readonly heartbeatFrom: 'binlog' | 'heartbeats-table' | 'schema-row' | null;
  readonly before: NearbyEvent | null;
  /** Null at the end of the log. */
  readonly after: NearbyEvent | null;
  /** The schema that Maxwell will restore there. */
  readonly schema: SchemaChoice;
  /** Statements outside transactions that were met between the position and the wanted time; at most 50. */
  readonly ddls: readonly {
    readonly statement: string;
    readonly schema: string;
    readonly atMs: number;
    readonly end: BinlogPosition;
  }[];
  /** Whether Maxwell starts from the GTID set and not from file and offset. */
  readonly byGtid: boolean;
  /** Maxwell's row as it is now; null when it has none for this server. */
  readonly stored: StoredPosition | null;
  /** A proven place further back, when the returned one is not proven. */
  readonly provenBefore: (BinlogPosition & { readonly heartbeat: number }) | null;
  /** As Maxwell's row has it: 0 where it works by GTID sets. */
  readonly serverId: number;
  /** How far ahead of Maxwell's clock the database's is, ms, to a second; null without a heartbeat. */
  readonly clockAheadMs: number | null;
  readonly warnings: readonly string[];
  /** What it took. */
  readonly cost: {
    readonly bytesRead: number;
    readonly connections: number;
    readonly files: number;
    readonly ms: number;
  };
}
