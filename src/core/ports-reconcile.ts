import type { ReadingWork } from './ports-cdc.ts';
import type { ReconciledDay, ReconcileException } from './reconcile.ts';

/** Lists objects of buckets. */
export interface FileListing {
  /** Every object whose key begins with the prefix, a page at a time. */
  list(
    bucket: string,
    prefix: string,
    signal?: AbortSignal,
  ): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

/** Compares a day of the database with its log and with the files that were made from it. Reading only. */
export interface ReconcileReader {
  /**
   * `found` is called for each exception, in no order that means anything. Faults: those of MySQL and of the binlog;
   * `reconcile.columns` (exit usage) when a table or column of the configuration is not there.
   */
  day(
    date: string,
    work: ReadingWork,
    found: (exception: ReconcileException) => Promise<void> | void,
  ): Promise<ReconciledDay>;
}
