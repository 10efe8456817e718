import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { checkJournal } from '../crash/check-journal.ts';
import { inPool, randomFrom } from '../crash/points.ts';
import { endOf, journalOf, runsOf } from '../crash/recovering.ts';
import type { Ended, TestEnvironment } from '../support/program.ts';
import { faultWays, type ArmedFault, type FaultProxy } from './fault-proxy.ts';

/** What the trials are drawn from: the same seed draws the same ones. */
export const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
/** How many trials were asked for; undefined: a file's own sample. */
export const askedFor = process.env['ESR_OPS_FAULTS'];
/** How much longer than usual servers may take here, as a factor: many trials at once make a machine slow. */
export const patience = Number(process.env['ESR_OPS_PATIENCE'] ?? 1);
/** Trials at a time; most of them wait most of their time. */
const atOnce = Number(process.env['ESR_OPS_AT_ONCE'] ?? 3);
/** A folder for what is known of trials that fail; by default nothing is kept. */
const keep = process.env['ESR_OPS_KEEP'];
/** Numbers of the only trials to run, of those that the seed makes: a failed one is looked at again. */
const only = process.env['ESR_OPS_ONLY']?.split(',').map(Number);
const documented = Object.values(exitCodes).map(({ code }) => code as number);

/** Draws from the seed, in the order in which it is asked. */
export interface Drawing {
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

/** A drawing from its beginning. */
export function drawing(): Drawing {
  const random = randomFrom(seed);
  return { random, pick: (items) => items[Math.floor(random() * items.length)] ?? (items[0] as (typeof items)[0]) };
}

/** A fault somewhere in the bytes of an undisturbed run. */
export function drawFault({ random, pick }: Drawing, volume: FaultProxy['passed']): ArmedFault {
  const direction = pick(['up', 'down'] as const);
  return {
    way: pick(faultWays),
    direction,
    afterBytes: Math.floor(random() * volume[direction]),
    delayMs: 200 + Math.floor(random() * 4_000),
    lasting: random() < 0.5,
  };
}

/** `stall after 700 bytes up, once`. */
export function faultWords({ way, direction, afterBytes, delayMs, lasting }: ArmedFault): string {
  const late = way === 'delay' ? ` by ${delayMs} ms` : '';
  return `${way}${late} after ${afterBytes} bytes ${direction}, ${lasting ? 'lasting' : 'once'}`;
}

/** Whether it found nothing to do. */
export const idle = ({ stdout }: Ended): boolean => stdout.includes('Nothing to do');

/** Whether every step of a run ran: what only could not be verified is not done again. */
export const ranThrough = ({ exitCode }: Ended): boolean => exitCode === 0 || exitCode === exitCodes.unverified.code;

/** Whether it claims that it left everything as it was. */
export const claimsNoChange = ({ exitCode, stderr }: Ended): boolean =>
  [2, 4, 8, 9].includes(exitCode) && /nothing was changed(?! by)/i.test(stderr);

/** What holds of the words, the exit code and the journals of every run of the program, whatever happened to it. */
export async function expectDocumented(ended: Ended, environment: TestEnvironment): Promise<void> {
  expect(documented, endOf(ended)).toContain(ended.exitCode);
  expect(/^\s+at .*\(.*:\d+:\d+\)|This should not happen/m.exec(ended.stderr), endOf(ended)).toBe(null);
  for (const run of await runsOf(environment)) await checkJournal(journalOf(environment, run));
  // A resume may find nothing to go on with, which says nothing of what was to be recovered.
  if (idle(ended)) expect(ended.exitCode).toBe(0);
  else if (ended.exitCode !== 0) expect(ended.stderr, 'a next command').toMatch(/next:|to go on:|esr-ops /);
}

/** For whoever looks into a failed trial: what the program said, its journals, and the given files. */
export async function keepTrial(
  number: number,
  environment: TestEnvironment,
  said: readonly Ended[],
  files: () => Promise<Readonly<Record<string, string>>>,
): Promise<void> {
  if (keep === undefined) return;
  const folder = join(keep, `${seed}-${number}`);
  await mkdir(folder, { recursive: true });
  for (const [index, { exitCode, stdout, stderr }] of said.entries())
    await writeFile(join(folder, `said-${index}.txt`), `exit code ${exitCode}\n${stdout}\n----\n${stderr}`);
  for (const run of await runsOf(environment))
    await copyFile(journalOf(environment, run), join(folder, `${run}.jsonl`)).catch(() => undefined);
  for (const [name, text] of Object.entries(await files())) await writeFile(join(folder, name), text);
}

/** Undergoes the trials, several at a time, says how each ended, and fails with those that did not end as they must. */
export async function runTrials<T extends { readonly number: number }>(
  what: string,
  trials: readonly T[],
  shown: (trial: T) => string,
  undergo: (trial: T) => Promise<string>,
): Promise<void> {
  const since = Date.now();
  const failed: string[] = [];
  const seen = new Map<string, number>();
  const chosen = trials.filter(({ number }) => only === undefined || only.includes(number));
  await inPool(chosen, atOnce, async (trial) => {
    try {
      const how = await undergo(trial);
      seen.set(how, (seen.get(how) ?? 0) + 1);
      if (askedFor !== undefined) process.stderr.write(`${shown(trial)}: ${how}\n`);
    } catch (error) {
      failed.push(`${shown(trial)}: ${error instanceof Error ? error.message : String(error)}`);
      process.stderr.write(`FAILED ${failed.at(-1)}\n`);
    }
  });
  const ends = [...seen].map(([how, count]) => `${count} × ${how}`).join(', ');
  process.stderr.write(
    `${what}: ${chosen.length} in ${Math.round((Date.now() - since) / 1000)} s (ESR_OPS_SEED=${seed}; ESR_OPS_FAULTS=500 for more): ${ends}\n`,
  );
  expect(failed, `ESR_OPS_SEED=${seed}`).toEqual([]);
}
