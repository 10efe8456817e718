import type { RunListing } from './ports.ts';
import type { SignOff } from './reconcile.ts';

/** The newest sign-off of exactly these exceptions of a date, from the journals; null: there is none. */
export function signOffOf(runs: readonly RunListing[], date: string, digest: string): SignOff | null {
  for (const { run, state } of runs) {
    for (const step of state?.steps.values() ?? [])
      for (const { change, state: is } of step.changes) {
        if (change.kind !== 'reconcile.sign-off' || is.is !== 'applied') continue;
        if (change.date === date && change.digest === digest && state !== null)
          return { run, by: change.by, reason: state.started.reason ?? '', at: state.lastAt };
      }
  }
  return null;
}
