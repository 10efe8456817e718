/** What can be seen of the database itself, without any of its tables. */
export interface DatabaseSight {
  readonly version: string;
  /** The server's clock when it was asked, ms since the epoch. */
  readonly nowMs: number;
  /** When it was started, ms since the epoch. */
  readonly startedMs: number;
  readonly readOnly: boolean;
  /** Its binary log; null where this account may not see it, which only CDC needs. */
  readonly binlog: BinlogSight | null;
}

/** The binary log, from which CDC reads. */
export interface BinlogSight {
  /** False: nothing is recorded, so CDC has nothing to read. */
  readonly on: boolean;
  /** `ROW`, `STATEMENT`, `MIXED`. */
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
  /** Seconds that files are kept; null when they are never removed by age, or the server does not say. */
  readonly keptSeconds: number | null;
  /** The setting in the server's words, and the statement that raises it. */
  readonly retention: { readonly setting: string; readonly raise: string };
}

/** Reads of the database server, with the account that can only read. */
export interface DatabaseReader {
  /** `mysql://user@host:port`, no password. */
  readonly identity: string;
  /** Faults of connectMysql. */
  look(): Promise<DatabaseSight>;
}
