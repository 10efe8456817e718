import type { ActionContext } from '../core/action.ts';
import { dateOfRun } from '../core/deadline.ts';
import { didYouMean } from '../core/closest.ts';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { isDate } from '../core/local-day.ts';
import type { LoadType } from '../core/load-type.ts';

/** The load type of that name; a Fault `load.unknown` with the nearest. */
export function loadNamed(name: string, { loadTypes, name: environment }: Environment): LoadType {
  const found = loadTypes.find((load) => load.name === name);
  if (found !== undefined) return found;
  const called = loadTypes.filter(({ aliases }) => aliases.includes(name)).map((load) => load.name);
  const names = loadTypes.map((load) => load.name);
  throw new Fault({
    code: 'load.unknown',
    message: `Environment ${environment} has no load type ${JSON.stringify(name)}.${called.length > 0 ? ` It is what ${called.join(' and ')} is called: write that name.` : didYouMean(name, names)}`,
    where: '--load-type',
    exit: 'usage',
    next: names.length === 0 ? ['esr-ops config example'] : ['esr-ops etl list'],
  });
}

/** The date of a run: as it was given, or the load type's usual one now. */
export function dateFor(load: LoadType, date: string | null | undefined, context: ActionContext): string {
  const { timezone } = context.environment;
  if (date == null || date === '') return dateOfRun(load, context.readers.clock.now(), timezone);
  if (isDate(date)) return date;
  throw new Fault({
    code: 'load.date',
    message: `${JSON.stringify(date)} is not a date that exists, such as 2019-10-17.`,
    where: '--date',
    exit: 'usage',
  });
}
