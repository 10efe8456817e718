import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean } from '../../core/closest.ts';
import { Fault } from '../../core/fault.ts';
import { fold } from '../../core/fold.ts';
import type { JournalReading } from '../../core/journal.ts';
import { neverBegan } from '../../core/never-began.ts';
import type { RunListing, RunReader } from '../../core/ports.ts';
import { checkedName } from './folders.ts';
import { readJournal } from './journal-reader.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Reads the runs of the environment whose state folder is `dir`; a folder that doesn't exist has no runs. */
export function createRunReader(dir: string): RunReader {
  return {
    list: () => listRuns(dir),
    read: (run) => readRun(dir, run),
  };
}

/** Whether a plan was used; `dir` is the environment's state folder. */
export async function isPlanSpent(dir: string, planId: string): Promise<boolean> {
  try {
    await access(spentMarker(dir, planId));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw unreadable(dir, error);
  }
}

/** Path of the marker that says that a plan was used. */
export function spentMarker(dir: string, planId: string): string {
  return join(dir, 'spent-plans', checkedName(planId));
}

async function listRuns(dir: string): Promise<readonly RunListing[]> {
  const folder = join(dir, 'runs');
  const found = [];
  for (const name of await namesIn(folder)) found.push(await listing(folder, name));
  return found
    .sort((a, b) => b.begun - a.begun || (a.listing.run < b.listing.run ? 1 : -1))
    .map(({ listing: run }) => run);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

async function listing(folder: string, run: string): Promise<{ listing: RunListing; begun: number }> {
  const path = join(folder, run, 'journal.jsonl');
  try {
    const { records } = await readJournal(path);
    if (records.length === 0) return await without(folder, run, neverBegan);
    const state = fold(records);
    return { listing: { run, path, state, damage: null }, begun: Date.parse(state.startedAt) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return without(
      folder,
      run,
      error.problems[0].code === 'journal.unreadable' && (await isMissing(path)) ? neverBegan : error.message,
    );
  }
}

async function without(folder: string, run: string, damage: string): Promise<{ listing: RunListing; begun: number }> {
  const begun = await stat(join(folder, run)).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  return { listing: { run, path: join(folder, run, 'journal.jsonl'), state: null, damage }, begun };
}

async function isMissing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    (error: unknown) => systemErrorCode(error) === 'ENOENT',
  );
}

async function readRun(dir: string, run: string): Promise<JournalReading> {
  const path = join(dir, 'runs', checkedName(run), 'journal.jsonl');
  if (await isMissing(path)) {
    throw new Fault({
      code: 'run.not-found',
      message: `There is no run ${run} in ${join(dir, 'runs')}.${didYouMean(run, await namesIn(join(dir, 'runs')))}`,
      where: path,
      exit: 'usage',
      next: ['esr-ops runs list'],
    });
  }
  return readJournal(path);
}

function unreadable(path: string, error: unknown): Fault {
  return new Fault({
    code: 'state.unreadable',
    message: `The state folder ${path} can't be read: ${systemErrorText(error)}.`,
    where: path,
    exit: 'usage',
    next: ['choose another folder with --state-dir DIR'],
  });
}
