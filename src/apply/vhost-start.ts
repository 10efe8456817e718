import type { VhostStart } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import { textOf, type JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { settleLimitMs, until, type Seen, type World } from './world.ts';

/** Characters of the broker's reason on a screen: its beginning says what happened, the rest is where in its code. */
const longestReason = 240;

/**
 * Asks the broker to start the vhost. A refusal is an answer, not an error: the runbook goes on to the next
 * gentlest thing, and the broker's own reason is kept.
 */
export async function apply(change: VhostStart, world: World): Promise<Applied> {
  const refused: string[] = [];
  for (const node of change.nodes) {
    try {
      await world.writers.rabbit.startVhost(change.vhost, node);
    } catch (error) {
      if (!(error instanceof Fault) || error.problems[0].code !== 'rabbitmq.refused') throw error;
      refused.push(`${node}: ${error.problems[0].message}`);
    }
  }
  if (refused.length > 0) return { evidence: refused, output: { started: false, reason: refused.join('; ') } };
  return { evidence: [`start accepted by ${change.nodes.join(', ')}`], output: { started: true, reason: '' } };
}

export async function verify(change: VhostStart, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const refused = output?.['started'] === false;
  const status = refused
    ? await seen.readers.rabbit.status(change.vhost)
    : await until(
        seen,
        `waiting for vhost ${change.vhost}`,
        output === null ? 0 : settleLimitMs,
        () => seen.readers.rabbit.status(change.vhost),
        ({ state }) => state === 'running',
      );
  if (status?.state === 'running' || status?.state === 'unpermitted') {
    return {
      verdict: 'applied',
      evidence: [`vhost ${change.vhost} is running`, ...status.evidence],
      output: { started: true, reason: '' },
    };
  }
  if (output === null)
    return {
      verdict: 'not-applied',
      evidence: ['the vhost is not running; starting it again harms nothing'],
      output: {},
    };
  const reason = refused ? textOf(output['reason']) : 'the broker accepted, and the vhost is still not running';
  return {
    verdict: 'applied',
    evidence: [
      `vhost ${change.vhost} did not start: ${reason.slice(0, longestReason)}${reason.length > longestReason ? '... (all of it is in the journal)' : ''}`,
    ],
    output: { started: false, reason },
  };
}
