import { constants } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { isSettled } from '../../core/fold.ts';
import { neverBegan } from '../../core/never-began.ts';
import type { Clock, RunListing } from '../../core/ports.ts';
import { ensureFolder, syncFolder } from './folders.ts';
import { createRunReader, spentMarker } from './runs-reader.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Which runs to remove. */
export interface PurgeOptions {
  /** The environment's state folder. */
  readonly dir: string;
  readonly clock: Clock;
  /** The newest ones that stay whatever their age. */
  readonly keep: number;
  /** Only runs whose last record is older than this many milliseconds. */
  readonly olderThanMs: number;
}

/**
 * Removes old runs with their files. Only settled ones: a run that somebody may still have to resume or acknowledge,
 * or whose journal is damaged, stays whatever its age.
 */
export async function purgeRuns({
  dir,
  clock,
  keep,
  olderThanMs,
}: PurgeOptions): Promise<{ readonly removed: readonly string[]; readonly kept: number }> {
  const runs = await createRunReader(dir).list();
  const removed: string[] = [];
  for (const run of runs.slice(Math.max(0, keep))) {
    if (!(await mayGo(run, clock.now() - olderThanMs))) continue;
    const folder = dirname(run.path);
    // Out of the list in one step first: a run that is half removed would look damaged.
    const aside = join(dirname(folder), `.removed-${run.run}`);
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true });
    removed.push(run.run);
  }
  return { removed, kept: runs.length - removed.length };
}

/**
 * Marks a plan as used, once and for all: false when it was used before. On disk when it returns; `dir` is the
 * environment's state folder. A marker that can't be written is a Fault `state.not-writable` (exit failed).
 */
export async function markPlanSpent(dir: string, planId: string): Promise<boolean> {
  const marker = spentMarker(dir, planId);
  const folder = await ensureFolder(dir, 'spent-plans');
  try {
    const handle = await open(
      marker,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    await handle.sync().finally(() => handle.close());
    await syncFolder(folder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw new Fault({
      code: 'state.not-writable',
      message: `Plan ${planId} can't be marked as used: ${systemErrorText(error)}. Nothing was changed.`,
      where: marker,
      exit: 'failed',
    });
  }
}

async function mayGo(run: RunListing, before: number): Promise<boolean> {
  if (run.state !== null) return isSettled(run.state) && Date.parse(run.state.lastAt) < before;
  if (run.damage !== neverBegan) return false;
  return (await stat(dirname(run.path))).mtimeMs < before;
}
