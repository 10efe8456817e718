import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCdcTruth } from '../../src/lab/cdc/lab-cdc.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import { cdcLab, predictedIn, type CdcLab } from './cdc-lab.ts';
import { recoverFrom } from './recover-from.ts';

/** One after the other, whatever other labs do. */
const inTurn = { concurrent: false, timeout: 300_000 };

/** Breaks and recovers one lab, fault by fault, while rows are changed all through. */
function recoveries(faults: readonly (readonly [string, readonly string[]])[]): () => CdcLab {
  let scene: CdcLab;
  beforeAll(async () => {
    scene = await cdcLab('stand-in');
  });
  afterAll(async () => {
    await scene.remove();
  });
  it.each(faults)('%s: nothing is lost, and as many come twice as was said', inTurn, async (fault, command) => {
    await recoverFrom(scene, fault, command);
  });
  return () => scene;
}

// Each has a lab of its own, and waits most of its time: for heartbeats that stand still.
describe.concurrent('CDC (stand-in for Maxwell)', () => {
  const lab = recoveries([
    ['cdc-down', ['recover', 'cdc']],
    ['position-lost', ['recover', 'cdc']],
    ['cdc-wrong-vhost', ['recover', 'cdc', '--since', 'since']],
  ]);

  it(
    'maxwell reset after an orderly stop with empty queues: exactly as many come twice as was said',
    inTurn,
    async () => {
      const scene = lab();
      let exact = false;
      // On a busy machine its last heartbeat may not be read in the five seconds that Maxwell waits: no orderly stop.
      for (let tries = 0; !exact && tries < 3; tries += 1) {
        const since = new Date().toISOString();
        await scene.newChanges();
        const before = await scene.settled();
        const ended = await scene.recover(['maxwell', 'reset', '--to', since]);
        expect(ended.exitCode, ended.stderr.slice(-3_000)).toBe(0);
        const after = await scene.settled();
        const { twice } = predictedIn(await scene.journal()) ?? {};
        const came = after.deliveredTwice - before.deliveredTwice;
        expect(after.lost).toBe(0);
        expect(came).toBeGreaterThanOrEqual(twice?.atLeast ?? Number.NaN);
        expect(came).toBeLessThanOrEqual(twice?.atMost ?? Number.NaN);
        expect(twice?.atMost).toBeGreaterThan(0);
        exact = twice?.atLeast === twice?.atMost;
      }
      expect(exact).toBe(true);
    },
  );
});

describe.concurrent('the vhost with CDC (stand-in for Maxwell)', () => {
  const lab = recoveries([
    ['vhost-down', ['recover', 'vhost']],
    ['cdc-wrong-vhost+vhost-down', ['recover', 'vhost', '--since', 'since']],
    ['vhost-down-rebooted', ['recover', 'vhost', '--baseline', 'last-good']],
  ]);

  it('binlog-purged: blocked until the gap is accepted by name; only what was purged is lost', inTurn, async () => {
    const scene = lab();
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
  });
});
