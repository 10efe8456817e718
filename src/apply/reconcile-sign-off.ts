import type { ReconcileSignOff } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Its record in the journal is the sign-off; it is only made when the exceptions still are those that were agreed to. */
export async function apply(change: ReconcileSignOff, world: World): Promise<Applied> {
  const day = await world.readers.reconcile?.day(change.date, world, () => undefined);
  if (day?.digest !== change.digest)
    throw new Fault({
      code: 'reconcile.changed',
      message: `The exceptions of ${change.date} are no longer those that were to be signed off: they were ${change.exceptions}, and are ${day?.exceptions ?? 'not known'}.`,
      where: change.date,
      exit: 'stale',
      details: { sent: false },
      next: [`esr-ops reconcile --date ${change.date}`],
    });
  return {
    evidence: [`${change.exceptions} exceptions of ${change.date}, digest ${change.digest.slice(0, 12)}`],
    output: { digest: change.digest },
  };
}

/** The journal is where it is; what a crash cut off was not signed. */
export function verify(change: ReconcileSignOff, _seen: Seen, output: JsonObject | null): Promise<Verified> {
  return Promise.resolve(
    output === null
      ? { verdict: 'not-applied', evidence: ['it is not in the journal'], output: {} }
      : {
          verdict: 'applied',
          evidence: [`${change.exceptions} exceptions of ${change.date} are signed off by ${change.by}`],
          output,
        },
  );
}
