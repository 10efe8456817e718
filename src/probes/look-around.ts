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
  const seen = await Promise.all(
    wanted.map(async (probe) => {
      const from = performance.now();
      const looks = [await probe.look(scope)].flat();
      const tookMs = Math.round(performance.now() - from);
      return looks.map((look) => ({ place: probe.place, ...look, tookMs }));
    }),
  );
  return seen.flat();
}
