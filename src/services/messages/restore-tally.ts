import type { DrainManifest } from '../../core/drain.ts';
import type { Published } from './confirms.ts';
import type { LedgerLine, LedgerReading } from './ledger-reader.ts';
import { rangesOf } from './ranges.ts';
import type { StoredRecord } from './read-item.ts';
import type { RestoreOutcome } from './restore-options.ts';
import type { RestoreChange } from './restored-properties.ts';

/** Counts of a restore, and what its ledger is still to be told. */
export interface RestoreTally {
  park(why: string): void;
  sent(record: StoredRecord, changes: readonly RestoreChange[]): void;
  /** The broker settled a message; called in order of publishing. */
  readonly settled: (published: Published) => void;
  /** Lines for what was settled since, and for what is about to be sent. */
  lines(sending: readonly number[]): readonly LedgerLine[];
  restored(): number;
  unconfirmed(): number;
  outcome(): Omit<RestoreOutcome, 'manifest' | 'interrupted'>;
}

const examples = 20;

/** An empty tally on top of what a ledger held. */
export function createRestoreTally(manifest: DrainManifest, before: LedgerReading): RestoreTally {
  let done: number[] = [];
  let leftLines: LedgerLine[] = [];
  let sent = 0;
  let restored = 0;
  let maybeTwice = before.repeats;
  const left: RestoreOutcome['left'][number][] = [];
  const parked: Record<string, number> = {};
  const changed: Partial<Record<RestoreChange, { count: number; first: number[] }>> = {};
  const byQueue = manifest.queues.map(() => 0);
  return {
    park(why) {
      parked[why] = (parked[why] ?? 0) + 1;
    },
    sent({ number }, changes) {
      sent += 1;
      if (before.sending.has(number) && !before.left.has(number)) maybeTwice += 1;
      for (const change of changes) {
        const known = (changed[change] ??= { count: 0, first: [] });
        known.count += 1;
        if (known.first.length < examples) known.first.push(number);
      }
    },
    settled({ record, returned, settled }) {
      if (settled === 'confirmed' && returned === null) {
        restored += 1;
        byQueue[record.queue] = (byQueue[record.queue] ?? 0) + 1;
        done.push(record.number);
        return;
      }
      const why = returned === null ? 'refused' : 'returned';
      const said = returned ?? 'the broker did not take it';
      left.push({ record: record.number, queue: manifest.queues[record.queue]?.name ?? '', why, said });
      leftLines.push({ left: record.number, why, said });
    },
    lines(sending) {
      const lines = leftLines;
      const ranges = { done: rangesOf(done), sending: rangesOf(sending) };
      done = [];
      leftLines = [];
      if (ranges.done.length + ranges.sending.length === 0) return lines;
      return [...lines, { done: ranges.done.map(([a, b]) => [a, b]), sending: ranges.sending.map(([a, b]) => [a, b]) }];
    },
    restored: () => restored,
    unconfirmed: () => sent - restored - left.length,
    outcome: () => ({
      restored,
      earlier: before.done.size(),
      parked,
      left,
      maybeTwice,
      changed,
      queues: manifest.queues.flatMap(({ name }, index) => {
        const count = byQueue[index] ?? 0;
        return count === 0 ? [] : [{ name, restored: count }];
      }),
    }),
  };
}
