import type { VhostCreate } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { captureOf, settleLimitMs, until, type Seen, type World } from './world.ts';

/**
 * The broker may answer 500 or not in time although the vhost comes up (seen in its code: it waits 45 s), so such
 * an answer is not believed: whether it runs is read.
 */
export async function apply(change: VhostCreate, world: World): Promise<Applied> {
  const capture = await captureOf(change.capture, world);
  try {
    await world.writers.rabbit.createVhost(change.vhost, capture.snapshot.metadata);
    return { evidence: [], output: {} };
  } catch (error) {
    if (!(error instanceof Fault) || !sent(error)) throw error;
    return { evidence: [`the broker answered: ${error.problems[0].message}`], output: {} };
  }
}

export async function verify(change: VhostCreate, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const read = () => seen.readers.rabbit.status(change.vhost);
  if (output === null && (await read()).state === 'absent') {
    return { verdict: 'not-applied', evidence: [`vhost ${change.vhost} does not exist yet`], output: {} };
  }
  const status = await until(
    seen,
    `waiting for vhost ${change.vhost} to run`,
    settleLimitMs,
    read,
    ({ state }) => state === 'running' || state === 'unpermitted',
  );
  return status === null
    ? {
        verdict: 'not-applied',
        evidence: [`vhost ${change.vhost} does not run after ${settleLimitMs / 1000} s`],
        output: {},
      }
    : { verdict: 'applied', evidence: [`vhost ${change.vhost} runs`, ...status.evidence], output: {} };
}

function sent(fault: Fault): boolean {
  const { details } = fault.problems[0];
  return typeof details === 'object' && details !== null && 'sent' in details && details['sent'] === true;
}
