import { expect } from 'vitest';
import type { FaultName } from '../../src/lab/faults.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import { predictedIn, type CdcLab } from './cdc-lab.ts';

/** Breaks (`faults`: names with a plus between them), recovers by script (`since` in the command is the time before the fault), and compares the truth with what the run's journal had said. */
export async function recoverFrom(scene: CdcLab, faults: string, words: readonly string[]): Promise<void> {
  await scene.newChanges();
  if (faults === 'vhost-down-rebooted') expect((await scene.ops(['vhost', 'capture', '--yes'])).exitCode).toBe(0);
  const before = await scene.settled();
  expect(before.lost).toBe(0);
  const since = new Date().toISOString();
  for (const fault of faults.split('+')) await labBreak(scene.which, fault as FaultName);
  const command = words.map((word) => (word === 'since' ? since : word));
  const ended = await scene.recover(command);
  expect(ended.exitCode, ended.stderr.slice(-3_000)).toBe(0);
  const after = await scene.settled();
  const journal = await scene.journal();
  const repointed = journal.some((entry) => entry.type === 'change.intended' && entry.change.kind === 'cdc.repoint');
  expect(repointed).toBe(faults.includes('cdc-wrong-vhost'));
  const expected = predictedIn(journal);
  const twice = after.deliveredTwice - before.deliveredTwice;
  process.stderr.write(
    `${scene.lab.running.cdc?.label ?? ''}, ${faults}: made ${after.made}, delivered ${after.delivered}, lost ${after.lost}, ` +
      `twice ${twice} of ${expected?.twice.atLeast ?? '?'} to ${expected?.twice.atMost ?? '?'}\n`,
  );
  expect(after).toMatchObject({ lost: 0, unexplained: 0 });
  expect(twice).toBeGreaterThanOrEqual(expected?.twice.atLeast ?? Number.NaN);
  expect(twice).toBeLessThanOrEqual(expected?.twice.atMost ?? Number.NaN);
  // Otherwise there was nothing to predict.
  expect(after.made).toBeGreaterThan(before.made);
}
