import type { S3Object } from './ports-s3.ts';

/** Something that is not as a complete day has it. */
export type S3Finding =
  | {
      readonly kind: 'missing';
      /** Null where the key names none. */
      readonly office: string | null;
      readonly expected: number;
      readonly found: number;
      /** What its name would be; `?` for digits that only the writer knows. */
      readonly looksLike: string;
    }
  | {
      readonly kind: 'too-many';
      readonly office: string | null;
      readonly expected: number;
      readonly found: number;
      readonly keys: readonly string[];
    }
  | { readonly kind: 'too-small'; readonly key: string; readonly bytes: number; readonly smallest: number }
  /** Numbers of the sequence that no file has, both ends included. */
  | { readonly kind: 'gap'; readonly from: string; readonly to: string; readonly after: 'file' | 'previous-day' }
  | { readonly kind: 'sequence-twice'; readonly sequence: string; readonly keys: readonly string[] }
  /** The day's lowest number is not above what an earlier day had reached. */
  | { readonly kind: 'sequence-back'; readonly first: string; readonly reached: string; readonly on: string }
  | { readonly kind: 'unexpected'; readonly key: string; readonly why: string };

/** A file of the day. */
export interface S3FoundFile extends S3Object {
  readonly office: string | null;
  /** Its number without leading zeros. */
  readonly sequence: string | null;
}

/** How the files of one load type stand for one date. */
export interface S3SetReport {
  readonly loadType: string;
  readonly bucket: string;
  /** `yyyy-MM-dd` */
  readonly date: string;
  readonly prefix: string;
  /** `none`: no file yet; `partial`: some Local Office lacks one; `complete`: all have theirs (or more: see findings). */
  readonly state: 'none' | 'partial' | 'complete';
  readonly expected: number;
  readonly found: number;
  readonly bytes: number;
  readonly offices: readonly { readonly code: string; readonly found: number }[];
  /** The highest number of the latest day before; null when none is in reach. */
  readonly previous: { readonly date: string; readonly last: string } | null;
  /** Keys of the prefix that are no known file and were written on other days: counted, and no finding. */
  readonly olderStrange: number;
  /** By key. At most 5,000. */
  readonly files: readonly S3FoundFile[];
  readonly findings: readonly S3Finding[];
}
