import { constants } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RehearsalRecord } from '../core/rehearsal.ts';
import { jsonLines } from './json-lines.ts';
import { labFiles, writePrivate } from './lab-files.ts';

/** The file in which a rehearsal is written down; it is there as long as the rehearsal goes on. */
function logOf(stateDir: string, lab: string): string {
  return join(labFiles(stateDir, lab).folder, 'rehearsal.jsonl');
}

/** Begins to write a rehearsal down: from now on, commands against the lab are. */
export async function beginRehearsal(stateDir: string, lab: string): Promise<void> {
  await writePrivate(logOf(stateDir, lab), '');
}

/** Ends that; nothing is written down any more. */
export async function forgetRehearsal(stateDir: string, lab: string): Promise<void> {
  await rm(logOf(stateDir, lab), { force: true });
}

/**
 * Adds a record where a rehearsal is under way. One write, so that commands in several shells don't mix.
 * @returns false: none is
 */
export async function noteInRehearsal(stateDir: string, lab: string, record: RehearsalRecord): Promise<boolean> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
  const file = await open(logOf(stateDir, lab), flags).catch(() => null);
  if (file === null) return false;
  try {
    await file.write(`${JSON.stringify(record)}\n`);
    return true;
  } finally {
    await file.close();
  }
}

/** All records of a rehearsal that is under way, but for a last line that is torn; null: none is under way. */
export async function readRehearsal(stateDir: string, lab: string): Promise<readonly RehearsalRecord[] | null> {
  const text = await readFile(logOf(stateDir, lab), 'utf8').catch(() => null);
  return text === null ? null : (jsonLines(text) as readonly RehearsalRecord[]);
}
