import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/lab/faults.ts';
import { cdcLab, predictedIn, type CdcLab } from './cdc-lab.ts';
import { recoverFrom } from './recover-from.ts';

const faults: readonly (readonly [FaultName, readonly string[]])[] = [
  ['cdc-down', ['recover', 'cdc']],
  ['position-lost', ['recover', 'cdc']],
  ['cdc-wrong-vhost', ['recover', 'cdc', '--since', 'since']],
];

describe('with rows changed all through (stand-in for Maxwell)', () => {
  let scene: CdcLab;
  beforeAll(async () => {
    scene = await cdcLab('stand-in');
  });
  afterAll(async () => {
    await scene.remove();
  });

  it.each(faults)(
    '%s: nothing is lost, and as many come twice as was said',
    async (fault, command) => {
      await recoverFrom(scene, fault, command);
    },
    300_000,
  );

  it('maxwell reset after an orderly stop with empty queues: exactly as many come twice as was said', async () => {
    const since = new Date().toISOString();
    await scene.newChanges();
    const before = await scene.settled();
    const ended = await scene.recover(['maxwell', 'reset', '--to', since]);
    expect(ended.exitCode, ended.stderr.slice(-3_000)).toBe(0);
    const after = await scene.settled();
    const { twice } = predictedIn(await scene.journal()) ?? {};
    expect(twice).toEqual({ atLeast: twice?.atMost, atMost: twice?.atMost });
    expect(twice?.atMost).toBeGreaterThan(0);
    expect([after.lost, after.deliveredTwice - before.deliveredTwice]).toEqual([0, twice?.atMost]);
  }, 300_000);
});
