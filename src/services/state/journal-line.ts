import type { JournalEntry, JournalRecord } from '../../core/journal.ts';
import { canonicalJson, digestOf, type Json } from '../../core/json.ts';

/** `prev` of a journal's first record. */
export const noRecord = '0'.repeat(64);

/** Makes the record that follows one with the hash `prev`. The entry must be plain JSON. */
export function chainRecord(seq: number, at: string, entry: JournalEntry, prev: string): JournalRecord {
  return { seq, at, entry, prev, hash: recordHash({ seq, at, entry, prev }) };
}

/** SHA-256 over what a record says and the record before it. */
export function recordHash({ seq, at, entry, prev }: Omit<JournalRecord, 'hash'>): string {
  return digestOf({ seq, at, entry: entry as unknown as Json, prev });
}

/** The one spelling of a record: any other bytes for the same record are damage too. Without the line end. */
export function recordLine(record: JournalRecord): string {
  return canonicalJson(record as unknown as Json);
}
