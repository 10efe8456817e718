/** A table with records that are made for ESR, one row each. Names are the configuration's. */
export interface ReconcileTable {
  /** What its rows are, for people: `notifications`. */
  readonly what: string;
  readonly schema: string;
  readonly table: string;
  /** Its primary key: one whole number. */
  readonly id: string;
  /** When a row was made: a TIMESTAMP or DATETIME. */
  readonly created: string;
  /** What a DATETIME in `created` means: UTC, or local time of the environment's zone. A TIMESTAMP needs none. */
  readonly zone: 'utc' | 'local';
  /** The Local Office of a row; null: it stands in the name of its file, or is not known. */
  readonly office: string | null;
  /** Columns that no two rows of one day may share; empty: not looked for. */
  readonly duplicates: readonly string[];
  /** Name of the file in which the row went out; null in it: not yet. */
  readonly file: string | null;
  /** The post that the row is for: rows of one post in one file are counted. */
  readonly post: string | null;
}

/** Files for ESR in a bucket. In `prefix` and `name`, `{date}` is YYYYMMDD, `{office}` a Local Office, `{seq}` the sequence number. */
export interface ReconcileFiles {
  readonly bucket: string;
  /** What the keys of a day begin with; may hold `{date}` and `{office}`. */
  readonly prefix: string;
  /** A file's name, after the last slash of its key: `DE_{office}_APP_{date}_{seq}.DAT`. */
  readonly name: string;
  /** Local Offices that get a file each day. */
  readonly offices: readonly string[];
  /** Whether one counter runs through the files of all offices, one through each office's, or none. */
  readonly sequence: 'shared' | 'office' | 'none';
  /** How many days to go back for the file that the first of the day follows. */
  readonly lookBackDays: number;
}

/** What is compared for a day. */
export interface ReconcileSettings {
  readonly tables: readonly ReconcileTable[];
  /** Most rows of one post in one file: ESR rejects a file over it whole. */
  readonly recordsPerPost: number;
  readonly files: ReconcileFiles | null;
}

/**
 * `not-in-table` the log says that it was made and not deleted · `not-in-log` it is there, and no transaction made it:
 * CDC never sent it · `unread` rows that could not be compared · `duplicate` rows with the same key · `over-limit` more
 * rows of one post in a file than ESR takes · `file-absent` rows name it, and it is not in the bucket · `file-name`
 * rows name it, and it does not look like a file of ESR · `file-empty` it has no bytes · `office-without-file`,
 * `office-twice` not one file of the day for the office · `sequence-gap`, `sequence-twice` numbers that are missing, or
 * there more than once.
 */
export type ExceptionKind =
  | 'not-in-table'
  | 'not-in-log'
  | 'unread'
  | 'duplicate'
  | 'over-limit'
  | 'file-absent'
  | 'file-name'
  | 'file-empty'
  | 'office-without-file'
  | 'office-twice'
  | 'sequence-gap'
  | 'sequence-twice';

/** Something that does not fit. Flat, so that a table, CSV and JSON say the same. */
export interface ReconcileException {
  readonly kind: ExceptionKind;
  /** `schema.table`; null for files. */
  readonly table: string | null;
  readonly office: string | null;
  /** Of a duplicate: the first and the last id, `17..21`. */
  readonly id: string | null;
  readonly file: string | null;
  readonly post: string | null;
  /** How many rows it is about. */
  readonly rows: number | null;
  /** As the database has it. */
  readonly created: string | null;
  /** The rest in words. */
  readonly detail: string;
}

/** What of an exception tells it from others and stays as long as it is there: what a sign-off is about. */
export function identityOf({ kind, table, id, file, post, rows, office }: ReconcileException): readonly unknown[] {
  return [kind, table, id, file, post, rows, kind.startsWith('office-') ? office : null];
}

/** One table's day in figures. */
export interface ReconciledTable {
  readonly table: string;
  readonly what: string;
  readonly rows: number;
  /** Rows by Local Office, the most first; an empty name where a row has none. */
  readonly offices: readonly { readonly office: string; readonly rows: number }[];
  /** Rows of the day that the log made, and did not delete, since the log begins. */
  readonly inLog: number;
}

/** The day in figures. */
export interface ReconciledDay {
  /** `2026-03-22`, in `timezone`. */
  readonly date: string;
  readonly timezone: string;
  /** Its first moment and the first one of the next day: RFC 3339, UTC. 23 or 25 hours apart when the clocks change. */
  readonly from: string;
  readonly until: string;
  readonly tables: readonly ReconciledTable[];
  /** Files of the day; null where no bucket is configured or can be read. */
  readonly files: { readonly count: number; readonly bytes: number } | null;
  readonly counts: Readonly<Partial<Record<ExceptionKind, number>>>;
  readonly exceptions: number;
  /** Equal for equal exceptions, whatever their order: 64 hex digits. */
  readonly digest: string;
  /** Whole sentences: what could not be looked at, and why. */
  readonly remarks: readonly string[];
  readonly cost: { readonly logBytes: number; readonly ms: number };
}

/** A sign-off of exactly the exceptions with a digest, by a person. */
export interface SignOff {
  readonly run: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}
