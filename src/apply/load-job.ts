import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import type { LoadJob } from '../core/ports-loads.ts';

/** The run that a change names, as the configuration has its load type now. */
export function jobOf(
  { loadType, date }: { readonly loadType: string; readonly date: string },
  { loadTypes, name }: Environment,
): LoadJob {
  const load = loadTypes.find((one) => one.name === loadType);
  if (load !== undefined) return { load, date };
  throw new Fault({
    code: 'load.unknown',
    message: `Environment ${name} has no load type ${loadType} any more.`,
    where: `environments.${name}.loadTypes`,
    exit: 'usage',
    details: { sent: false },
  });
}
