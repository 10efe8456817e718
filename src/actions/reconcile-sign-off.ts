import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { Fault } from '../core/fault.ts';
import { signOffOf } from '../core/sign-off.ts';

const schema = z.object({ date: z.string(), by: z.string() });

/** Signs the exceptions of a day off: exactly those that are there now, by their digest. */
export const reconcileSignOff: Action<z.infer<typeof schema>> = {
  verb: 'reconcile.sign-off',
  help: 'sign the exceptions of a day off, by name and reason',
  args: { date: 'string', by: 'string' },
  affects: [],
  reads: [],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async ({ date, by }, { environment, readers, signal }) => {
    if (readers.reconcile === null)
      throw new Fault({
        code: 'reconcile.not-configured',
        message: `Environment ${environment.name} does not say what reconcile compares.`,
        where: `environments.${environment.name}.reconcile`,
        exit: 'usage',
        next: ['esr-ops config schema'],
      });
    const day = await readers.reconcile.day(date, { signal, progress: () => undefined }, () => undefined);
    if (day.exceptions === 0)
      return { ...nothing, unchanged: [`${day.date} has no exceptions: there is nothing to sign off`] };
    const before = signOffOf(await readers.runs.list(), day.date, day.digest);
    if (before !== null) return { ...nothing, unchanged: [`they are signed off by ${before.by}: ${before.reason}`] };
    const counts = Object.entries(day.counts).map(([kind, count]) => `${kind}: ${count}`);
    return {
      ...nothing,
      notes: [counts.join(', ')],
      changes: [{ kind: 'reconcile.sign-off', date: day.date, by, exceptions: day.exceptions, digest: day.digest }],
    };
  },
};
