import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/lab/faults.ts';
import { labCdcTruth } from '../../src/lab/cdc/lab-cdc.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import { cdcLab, type CdcLab } from './cdc-lab.ts';
import { recoverFrom } from './recover-from.ts';

const faults: readonly (readonly [FaultName, readonly string[]])[] = [
  ['vhost-down', ['recover', 'vhost']],
  ['vhost-down-rebooted', ['recover', 'vhost', '--baseline', 'last-good']],
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

  it('binlog-purged: blocked until the gap is accepted by name; only what was purged is lost', async () => {
    await labBreak(scene.which, 'binlog-purged');
    // Made before the purge was over: only these can be gone.
    const purged = new Set((await labCdcTruth(scene.which)).lostChanges);
    const refused = await scene.recover(['recover', 'cdc']);
    expect(refused.exitCode, refused.stderr).toBe(4);
    expect(refused.stderr).toContain('maxwell.gap');
    expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain('was purged. No change in between is ever published');
    const ended = await scene.recover(['recover', 'cdc', '--accept-gap']);
    expect(ended.exitCode, ended.stderr.slice(-3_000)).toBe(0);
    const after = await scene.settled();
    expect(after.lostChanges.filter((change) => !purged.has(change))).toEqual([]);
    expect(after.lost).toBeGreaterThan(0);
  }, 300_000);
});
