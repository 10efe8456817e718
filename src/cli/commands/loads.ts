import type { Environment } from '../../core/environment.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { findNamed, nameOf, sentenceOf, type Named } from '../../core/find-named.ts';
import { timetable } from '../../core/timetable.ts';
import type { Composition } from '../composition.ts';

/** `schedule [--at T] [--since T]`: pure arithmetic on the configuration; no run is looked at. */
export async function showSchedule(
  composition: Composition,
  at: string | null,
  since: string | null,
): Promise<ExitName> {
  const environment = await composition.environment();
  requireLoads(environment);
  const atMs = at === null ? composition.clock.now() : await instantOf(composition, at, '--at');
  const sinceMs = since === null ? null : await instantOf(composition, since, '--since');
  if (sinceMs !== null && sinceMs > atMs) {
    throw new Fault({
      code: 'schedule.backwards',
      message: 'The time of --since lies after the one that is looked at.',
      where: '--since',
      exit: 'usage',
    });
  }
  composition.host.result({
    code: 'schedule.shown',
    payload: { environment: environment.name, timetable: timetable(environment, atMs, sinceMs) },
  });
  return 'done';
}

/** `etl list` */
export async function listLoads(composition: Composition): Promise<ExitName> {
  const environment = await composition.environment();
  requireLoads(environment);
  composition.host.result({ code: 'etl.listed', payload: { loadTypes: environment.loadTypes } });
  return 'done';
}

/** `explain NAME` and, of load types only, `etl explain NAME`. */
export async function explain(composition: Composition, name: string, only: 'load-type' | null): Promise<ExitName> {
  const environment = await composition.environment();
  if (only !== null || (environment.components.length === 0 && environment.loadTypes.length === 0))
    requireLoads(environment);
  const named = namedOf(name, only === null ? environment : { ...environment, components: [] }, environment);
  const { host, clock } = composition;
  if (named.kind === 'component') {
    const { component } = named;
    host.result({
      code: 'component.explained',
      payload: {
        component,
        neededBy: environment.components
          .filter(({ dependsOn }) => dependsOn.includes(component.name))
          .map((other) => other.name),
        runs: environment.loadTypes.filter((load) => load.component === component.name).map((load) => load.name),
      },
    });
    return 'done';
  }
  const { loadType } = named;
  const atMs = clock.now();
  host.result({
    code: 'etl.explained',
    payload: {
      loadType,
      component: environment.components.find((one) => one.name === loadType.component) ?? null,
      fedBy: environment.loadTypes.filter(({ feeds }) => feeds.includes(loadType.name)).map((load) => load.name),
      atMs,
      row: timetable(environment, atMs, null).rows.find((row) => row.loadType === loadType.name) ?? null,
    },
  });
  return 'done';
}

/** What a name means; a Fault that says what each candidate is when that is not clear. */
function namedOf(name: string, among: Pick<Environment, 'components' | 'loadTypes'>, all: Environment): Named {
  const meaning = findNamed(name, among);
  if (meaning.is === 'found') return meaning.named;
  const candidates = meaning.candidates.map((one) => `${nameOf(one)}: ${sentenceOf(one)}`);
  const shown = JSON.stringify(name);
  throw new Fault({
    code: `explain.${meaning.is}`,
    message:
      meaning.is === 'ambiguous'
        ? `${shown} is what ${candidates.length} things are called. ${candidates.join(' ')}`
        : `Nothing is called ${shown}.${candidates.length === 0 ? ` There are: ${everything(all).join(', ')}.` : ` Near are: ${candidates.join(' ')}`}`,
    where: name,
    exit: 'usage',
    next: meaning.candidates.map((one) => `esr-ops explain ${nameOf(one)}`),
    details: {
      candidates: meaning.candidates.map((one) => ({ name: nameOf(one), kind: one.kind, is: sentenceOf(one) })),
    },
  });
}

function everything({ components, loadTypes }: Environment): readonly string[] {
  return [...components, ...loadTypes].map(({ name }) => name);
}

function requireLoads({ name, loadTypes }: Environment): void {
  if (loadTypes.length > 0) return;
  throw new Fault({
    code: 'config.no-load-types',
    message: `Environment ${name} has no load types: the configuration does not say which ETL runs there are.`,
    where: `environments.${name}.loadTypes`,
    exit: 'usage',
    next: ['esr-ops config example'],
  });
}

async function instantOf(composition: Composition, text: string, flag: string): Promise<number> {
  const parse = await composition.parseInstant();
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [first, ...others] = error.problems;
    throw new Fault({ where: flag, ...first }, ...others);
  }
}
