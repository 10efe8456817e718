import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../../src/lab/until.ts';
import { esrOps, type Ended, type TestEnvironment } from '../support/program.ts';
import { checkJournal, type CheckedRecord } from './check-journal.ts';
import type { Point } from './points.ts';
import type { Scene } from './scene.ts';
import { worldOf } from './vhost-world.ts';

/** The scripted recovery of a scene. A sick vhost is only recreated when asked for. */
export function recovery(scene: Scene, fault: Point['fault'] = 'down'): readonly string[] {
  return [
    ...['recover', 'vhost', '--yes', '--confirm', `recreate:${scene.vhost.name}`],
    ...(fault === 'sick' ? ['--force-recreate', '--without-messages'] : []),
  ];
}

/** The scripted resume: consent by name is in the journal. */
export const resumption: readonly string[] = ['resume', '--yes'];

/** The end of what was said, for the message of a failed expectation. */
export function endOf({ stderr }: Ended): string {
  return stderr.slice(-1_500);
}

/** Runs the program and kills it at the record. */
export function killedAt(
  args: readonly string[],
  environment: TestEnvironment,
  { record, way }: Pick<Point, 'record' | 'way'>,
): Promise<Ended> {
  return esrOps(args, environment, {
    nodeArgs: ['--import', join(import.meta.dirname, 'kill-at-record.mjs')],
    env: { CRASH_RECORD: String(record), CRASH_WAY: way },
  });
}

/** Runs the program and kills it right after the first record that holds this text. */
export function killedAfter(args: readonly string[], environment: TestEnvironment, text: string): Promise<Ended> {
  return esrOps(args, environment, {
    nodeArgs: ['--import', join(import.meta.dirname, 'kill-at-record.mjs')],
    env: { CRASH_TEXT: text, CRASH_WAY: 'after' },
  });
}

/** Names of the runs of an environment, oldest first. */
export async function runsOf(environment: TestEnvironment): Promise<readonly string[]> {
  return (await readdir(join(environment.dir, 'runs')).catch(() => [])).sort();
}

/** Path of a run's journal. */
export function journalOf(environment: TestEnvironment, run: string): string {
  return join(environment.dir, 'runs', run, 'journal.jsonl');
}

/** The records of the newest run, checked. */
export async function newestJournal(environment: TestEnvironment): Promise<readonly CheckedRecord[]> {
  return await checkJournal(journalOf(environment, (await runsOf(environment)).at(-1) ?? 'no run'));
}

/**
 * Everything of the vhost is as before. A request that the network held back may make a canary after the program gave
 * it up and took it away: it goes by itself, a minute after it was made, and nothing else is waited for.
 */
export async function expectWorldAsBefore({ vhost, me, before }: Scene): Promise<void> {
  const hasCanary = async (): Promise<boolean> =>
    JSON.stringify(await worldOf(vhost.segment, me)).includes('esr-ops.canary.');
  await until('a late canary to go by itself', async () => !(await hasCanary()), { atMostMs: 90_000 });
  expect(await worldOf(vhost.segment, me)).toEqual(before);
}

/** Everything is as before the fault, the client is let in again, and the program has nothing left to do. */
export async function expectRecovered(scene: Scene, environment = scene.environment): Promise<void> {
  await expectWorldAsBefore(scene);
  await scene.clientIsBack();
  const again = await esrOps(['recover', 'vhost', '--yes'], environment);
  expect(again.exitCode, endOf(again)).toBe(0);
  expect(again.stdout).toContain('Nothing to do');
}
