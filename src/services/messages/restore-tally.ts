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
  /** It is about to be sent. */
  sent(record: StoredRecord, changes: readonly RestoreChange[]): void;
  /** The broker settled a message; called in order of publishing. */
  readonly settled: (published: Published) => void;
  /** Lines for what was settled, and what `sent` said, since the last time. */
  lines(): readonly LedgerLine[];
  /** Confirms that no line has told yet. */
  untold(): number;
  restored(): number;
  unconfirmed(): number;
  outcome(): Omit<RestoreOutcome, 'manifest' | 'interrupted' | 'more' | 'there'>;
}

const examples = 20;

/** An empty tally on top of what a ledger held. */
export function createRestoreTally(manifest: DrainManifest, before: LedgerReading): RestoreTally {
  let done: number[] = [];
  let going: number[] = [];
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
      going.push(number);
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
    lines() {
      const lines = leftLines;
      const ranges = { sent: rangesOf(going), done: rangesOf(done) };
      going = [];
      done = [];
      leftLines = [];
      return ranges.sent.length + ranges.done.length === 0 ? lines : [...lines, ranges];
    },
    untold: () => done.length,
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
