import type { SecretRef, TlsSettings } from './environment.ts';

/** The object storage that files for ESR go through. Buckets and what is expected in them are the load types'. */
export interface S3Settings {
  /** URL of an S3-compatible server; null: AWS itself, in `region`. */
  readonly endpoint: string | null;
  readonly region: string;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`; what most servers besides AWS want. Default false. */
  readonly pathStyle: boolean;
  /** Null: the SDK's default chain (environment, profile, container, instance). */
  readonly credentials: {
    readonly accessKeyId: SecretRef;
    readonly secretAccessKey: SecretRef;
    /** For credentials that expire; null for lasting ones. */
    readonly sessionToken: SecretRef | null;
  } | null;
  readonly tls: TlsSettings;
  /** Listings that run side by side. Default 8. */
  readonly parallel: number;
  /** Milliseconds for one answer with its body. Default 15,000. */
  readonly timeoutMs: number;
}

/** One object of a listing. */
export interface S3Object {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written, ms since the epoch, by the server's clock. */
  readonly modifiedMs: number;
}

/** Which keys to list. */
export interface S3Range {
  readonly prefix: string;
  /**
   * Keys at which a listing of more than one page is cut into parts that are read side by side. They need not exist
   * and say nothing of what is listed: every key of the prefix comes exactly once whatever they are.
   */
  readonly cuts: readonly string[];
}

/**
 * Reads of one bucket, through a client that refuses everything but Get, Head and List. Faults (see also
 * services/s3/s3-fault.ts): `s3.unreachable`, `s3.tls`, `s3.no-bucket`, `s3.no-key`, `s3.denied` (names the permission),
 * `s3.credentials-expired`, `s3.credentials-refused`, `s3.no-credentials`, `s3.wrong-region`, `s3.bad-answer`.
 */
export interface S3Reader {
  /** `s3://bucket at endpoint`: names it on screens. Holds no credentials. */
  readonly identity: string;
  /**
   * Pages of the keys of the ranges, as they come: unordered between parts, ordered within a page. Memory stays flat
   * however many there are; a consumer that stops early ends the requests.
   */
  list(ranges: readonly S3Range[], signal?: AbortSignal): AsyncIterable<readonly S3Object[]>;
  /** Content of one object in pieces, each within the time-out. */
  read(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}

/** The reader of a bucket, made once and closed with the program. */
export type S3Buckets = (bucket: string) => S3Reader;
