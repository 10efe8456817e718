import type { ChangeRecord } from './change-record.ts';

/** What became of the changes to TIS's rows. Counts of distinct changes, but for `deliveredTwice`. */
export interface CdcTruth {
  /** Committed, as the database said. */
  readonly made: number;
  /** Of transactions whose end is not known: they may have been made. */
  readonly doubtful: number;
  /** Reached the consumer at least once. */
  readonly delivered: number;
  /** Made and never delivered. */
  readonly lost: number;
  /** Deliveries beyond the first of each change. */
  readonly deliveredTwice: number;
  /** Delivered although nobody says that they were made: always 0 when all is well. */
  readonly unexplained: number;
  /** The lost changes in the order in which they were committed. */
  readonly lostChanges: readonly string[];
}

/** Adds up what writer and consumer wrote down; the order of the records does not matter but for `lostChanges`. */
export function cdcTruthOf(records: readonly ChangeRecord[]): CdcTruth {
  const ended = new Map(
    records.flatMap((record): [string, 'committed' | 'gave-up'][] =>
      record.event === 'committed' || record.event === 'gave-up' ? [[record.transaction, record.event]] : [],
    ),
  );
  const intents = records.filter((record) => record.event === 'committing');
  const changesOf = (known: boolean): ReadonlySet<string> =>
    new Set(
      intents
        .filter(({ transaction }) => (ended.get(transaction) === 'committed') === known)
        .flatMap(({ changes }) => changes),
    );
  const made = changesOf(true);
  const doubtful = changesOf(false);
  const deliveries = records.flatMap((record) => (record.event === 'delivered' ? [record.change] : []));
  const delivered = new Set(deliveries);
  const lostChanges = [...made].filter((change) => !delivered.has(change));
  return {
    made: made.size,
    doubtful: doubtful.size,
    delivered: delivered.size,
    lost: lostChanges.length,
    deliveredTwice: deliveries.length - delivered.size,
    unexplained: [...delivered].filter((change) => !made.has(change) && !doubtful.has(change)).length,
    lostChanges,
  };
}
