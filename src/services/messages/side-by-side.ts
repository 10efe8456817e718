import type { StoredRecord } from './read-item.ts';
import { readRun } from './read-run.ts';
import type { RecordRun } from './record-runs.ts';

/** Queues that are read side by side, and records of one that stand together. */
const lanes = 16;
const share = 32;

/**
 * Records of several queues in turn, each queue's in its own order: a broker works on its queues in parallel, and one
 * alone is slower than what comes in. `queues` are the runs of each.
 */
export async function* sideBySide(
  queues: readonly (readonly RecordRun[])[],
  drain: string,
): AsyncGenerator<readonly StoredRecord[], void> {
  const waiting = queues.filter((runs) => runs.length > 0);
  const open: AsyncGenerator<readonly StoredRecord[], void>[] = [];
  try {
    for (;;) {
      while (open.length < lanes) {
        const runs = waiting.shift();
        if (runs === undefined) break;
        open.push(readRuns(runs, drain));
      }
      if (open.length === 0) return;
      for (const lane of [...open]) {
        const next = await lane.next();
        if (next.done === true) open.splice(open.indexOf(lane), 1);
        else yield next.value;
      }
    }
  } finally {
    for (const lane of open) await lane.return();
  }
}

async function* readRuns(runs: readonly RecordRun[], drain: string): AsyncGenerator<readonly StoredRecord[], void> {
  for (const run of runs) yield* readRun(run, drain, share);
}
