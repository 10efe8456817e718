import type { VhostDelete } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import { captureOf, type Seen, type World } from './world.ts';

/** Reads the capture once more, every file of it, before anything is destroyed on its strength. */
export async function apply(change: VhostDelete, world: World): Promise<Applied> {
  const capture = await captureOf(change.capture, world);
  await world.writers.rabbit.deleteVhost(change.vhost);
  return {
    evidence: [`deleted on the strength of capture ${capture.manifest.id}`],
    output: { capture: capture.manifest.id },
  };
}

export async function verify(change: VhostDelete, seen: Seen): Promise<Verified> {
  const status = await seen.readers.rabbit.status(change.vhost);
  return status.state === 'absent'
    ? { verdict: 'applied', evidence: [`vhost ${change.vhost} is gone`], output: {} }
    : {
        verdict: 'not-applied',
        evidence: [`vhost ${change.vhost} is still there (${status.state}); deleting it is safe to repeat`],
        output: {},
      };
}
