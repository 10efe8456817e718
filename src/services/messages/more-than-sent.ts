import type { DrainManifest } from '../../core/drain.ts';
import type { LedgerReading } from './ledger-reader.ts';
import type { RecordRun } from './record-runs.ts';

/**
 * Messages in the queues beyond what was there first and all that earlier sessions can have put there; 0 when none of
 * these was cut off. `ready` is by queue, counted now; `back`: each
 * message goes to the queue that it came from.
 */
export function moreThanSent(
  before: LedgerReading,
  ready: Readonly<Record<string, number>>,
  manifest: DrainManifest,
  runs: readonly (readonly RecordRun[])[],
  back: boolean,
): number {
  if (!before.cut) return 0;
  const known = Object.keys(ready).filter((queue) => before.ready.has(queue));
  const grown = known.reduce((sum, queue) => sum + (ready[queue] ?? 0) - (before.ready.get(queue) ?? 0), 0);
  let sent = 0;
  for (const [index, { name }] of manifest.queues.entries()) {
    if (back && !known.includes(name)) continue;
    for (const { first, records } of runs[index] ?? []) {
      for (let record = first; record < first + records; record += 1) {
        if (before.done.has(record) || (before.sending.has(record) && !before.left.has(record))) sent += 1;
      }
    }
  }
  return Math.max(0, grown - sent);
}
