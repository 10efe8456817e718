import type { CanaryRoundTrip } from '../core/change.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Removes what an interrupted canary left before it sends its own. */
export async function apply(change: CanaryRoundTrip, world: World): Promise<Applied> {
  for (const name of await world.readers.rabbit.canaries(change.vhost))
    await world.writers.rabbit.removeCanary(change.vhost, name);
  const { evidence } = await world.writers.rabbit.canary(change.vhost, world.run);
  return { evidence, output: { proved: true, evidence } };
}

/** The round trip proves itself; here it is proved that nothing of it is left. */
export async function verify(change: CanaryRoundTrip, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const left = await seen.readers.rabbit.canaries(change.vhost);
  if (output === null)
    return {
      verdict: 'not-applied',
      evidence: ['the round trip was cut short; sending another harms nothing'],
      output: {},
    };
  const evidence = Array.isArray(output['evidence']) ? output['evidence'].map(String) : [];
  return left.length === 0
    ? { verdict: 'applied', evidence, output: {} }
    : { verdict: 'not-applied', evidence: left.map((name) => `left behind: ${name}`), output: {} };
}
