import type { Environment } from '../core/environment.ts';
import type { Look, Place } from '../core/finding.ts';
import type { ProbeReaders } from '../core/ports-probes.ts';
import { probes } from './catalogue.ts';
import { createScope } from './scope.ts';

/**
 * Looks at the interface, every part at once, each reading with a limit of its own.
 *
 * @param only the parts to look at; all by default
 */
export async function lookAround(
  environment: Environment,
  readers: ProbeReaders,
  limitMs: number,
  only: readonly Place[] = [],
): Promise<readonly Look[]> {
  const scope = createScope(environment, readers, limitMs);
  const wanted = probes.filter(({ place }) => only.length === 0 || only.includes(place));
  return await Promise.all(
    wanted.map(async (probe) => {
      const from = performance.now();
      const seen = await probe.look(scope);
      return { place: probe.place, ...seen, tookMs: Math.round(performance.now() - from) };
    }),
  );
}
