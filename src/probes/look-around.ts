import type { Environment } from '../core/environment.ts';
import type { Finding, Look, Place } from '../core/finding.ts';
import { isSettled } from '../core/fold.ts';
import { settledBy } from '../core/settled-by.ts';
import type { ProbeReaders } from '../core/ports-probes.ts';
import { probes } from './catalogue.ts';
import { createScope, type ProbeScope } from './scope.ts';
import { withCdcFlags } from './with-cdc-flags.ts';

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
      const settling = await settlingOf(looks, scope);
      const tookMs = Math.round(performance.now() - from);
      return looks.map((look) => ({
        place: probe.place,
        ...look,
        findings: look.findings.map((finding) => leadingOn(finding, settling)),
        tookMs,
      }));
    }),
  );
  return withCdcFlags(seen.flat());
}

/** By each recovery that is refused as long as an earlier run of it is open: what settles that one. */
async function settlingOf(
  looks: readonly { readonly findings: readonly Finding[] }[],
  { runs }: ProbeScope,
): Promise<ReadonlyMap<string, string>> {
  if (!looks.some(({ findings }) => findings.some(({ next }) => recovery(next.command) !== null))) return new Map();
  const seen = await runs();
  if (seen.is === 'unseen') return new Map();
  return new Map(
    seen.value.flatMap(({ run, state }) =>
      state === null || isSettled(state) ? [] : [[state.started.plan.command, settledBy(run, state)[0]]],
    ),
  );
}

/** A command that would only be refused leads nowhere: first that run is settled. */
function leadingOn(finding: Finding, settling: ReadonlyMap<string, string>): Finding {
  const command = settling.get(recovery(finding.next.command) ?? '');
  return command === undefined ? finding : { ...finding, next: { ...finding.next, command } };
}

/** A recovery is about the whole of its part, whatever its flags; other commands name their target. */
function recovery(command: string): string | null {
  return /^esr-ops (recover \w+)/.exec(command)?.[1] ?? null;
}
