import type { Problem } from './fault.ts';
import type { RunState } from './fold.ts';

/** Whether a failure says that the same change can't be made by trying again (`details.resumable` false). */
export function isFinal({ details }: Problem): boolean {
  return isObject(details) && details['resumable'] === false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Commands that settle how a run stands, the one that leads on first: a resume, unless what failed can only fail again.
 *
 * @param flag appended to the run's name: ` --env prod`
 */
export function settledBy(run: string, state: RunState | null, flag = ''): readonly [string, ...string[]] {
  const acknowledge = `esr-ops runs ack ${run}${flag} --reason "..."`;
  const failures = [...(state?.steps.values() ?? [])].flatMap(({ changes }) =>
    changes.flatMap(({ state: at }) => (at.is === 'failed' ? [at.problem] : [])),
  );
  return failures.some(isFinal) ? [acknowledge] : [`esr-ops resume ${run}${flag}`, acknowledge];
}
