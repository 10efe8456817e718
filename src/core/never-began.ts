import type { RunListing } from './ports.ts';

/** `damage` of a run that ended before its first record was on disk: nothing can have been changed by it. */
export const neverBegan = 'it ended before its first record was on disk, so it changed nothing';

/** Whether records of the run can't be read that may tell of changes: nobody knows then how its target stands. */
export function isDamaged(run: RunListing): boolean {
  return run.damage !== null && run.damage !== neverBegan;
}
