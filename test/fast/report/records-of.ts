import type { JournalEntry, JournalRecord } from '../../../src/core/journal.ts';
import { chainRecord, noRecord } from '../../../src/services/state/journal-line.ts';

/** Records of one run, a second apart. */
export function recordsOf(entries: readonly JournalEntry[], from: string): readonly JournalRecord[] {
  let prev = noRecord;
  return entries.map((entry, seq) => {
    const record = chainRecord(seq, new Date(Date.parse(from) + seq * 1000).toISOString(), entry, prev);
    prev = record.hash;
    return record;
  });
}
