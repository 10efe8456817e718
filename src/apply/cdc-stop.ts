import type { CdcStop } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Maxwell writes a heartbeat at least every ten seconds; still for longer than that, none of this client runs. */
export const quietMs = 12_000;

export async function apply(_change: CdcStop, world: World): Promise<Applied> {
  if (world.writers.cdc === null) throw noCdc();
  // One that had died already did not store its position last, however still it is now.
  const { is } = await cdcOf(world).process.status();
  return { ...(await world.writers.cdc.process.stop()), output: { ran: is === 'running' } };
}

export async function verify(_change: CdcStop, seen: Seen): Promise<Verified> {
  const cdc = cdcOf(seen);
  const process = await cdc.process.status();
  if (process.is === 'running') return { verdict: 'not-applied', evidence: process.evidence, output: {} };
  const sample = await cdc.maxwell.sample(quietMs);
  if (sample.moved) {
    return {
      verdict: 'not-applied',
      evidence: [...process.evidence, 'its heartbeat moves: a Maxwell of this client runs somewhere'],
      output: {},
    };
  }
  const still = `its heartbeat stood still for ${Math.round(sample.watchedMs / 1000)} s`;
  return {
    verdict: process.is === 'stopped' ? 'applied' : 'unknown',
    evidence: [...process.evidence, still],
    output: {},
  };
}

/** CDC of the environment; a change of it was planned, so there is one. */
export function cdcOf(seen: Seen): CdcReaders {
  if (seen.readers.cdc === null) throw noCdc();
  return seen.readers.cdc;
}

/** A change of CDC in an environment that has none. */
export function noCdc(): Fault {
  return new Fault({
    code: 'cdc.not-controlled',
    message: 'CDC can no longer be controlled from here: the configuration changed.',
    exit: 'usage',
  });
}
