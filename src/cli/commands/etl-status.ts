import { dateOfRun, deadlineOf, outlookFor, runForDate } from '../../core/deadline.ts';
import { didYouMean } from '../../core/closest.ts';
import type { Environment } from '../../core/environment.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { standingOf } from '../../core/load-standing.ts';
import type { LoadStatus } from '../../core/load-status.ts';
import type { LoadType } from '../../core/load-type.ts';
import { isDate } from '../../core/local-day.ts';
import type { Readers } from '../../core/ports.ts';
import { lastRun } from '../../core/schedule.ts';
import type { Composition } from '../composition.ts';

/** `etl status`: reading only; exit code findings when something that should be there is not, or a run of ours failed. */
export async function showLoadStatus(
  composition: Composition,
  loadType: string | null,
  date: string | null,
): Promise<ExitName> {
  const environment = await composition.environment();
  if (date !== null && !isDate(date)) {
    throw new Fault({
      code: 'load.date',
      message: `${JSON.stringify(date)} is not a date that exists, such as 2019-10-17.`,
      where: '--date',
      exit: 'usage',
    });
  }
  const chosen = chosenLoads(environment, loadType);
  const readers = await composition.readers();
  const runs = await Promise.all(chosen.map((load) => statusOf(load, date, environment, readers)));
  composition.host.result({ code: 'etl.status', payload: { environment: environment.name, date, runs } });
  return runs.some((run) => isFinding(run, readers.clock.now())) ? 'findings' : 'done';
}

function chosenLoads({ name, loadTypes }: Environment, wanted: string | null): readonly LoadType[] {
  const chosen = loadTypes.filter((load) => wanted === null || [load.name, ...load.aliases].includes(wanted));
  if (chosen.length > 0) return chosen;
  const names = loadTypes.map((load) => load.name);
  throw new Fault({
    code: 'load.unknown',
    message:
      wanted === null
        ? `Environment ${name} has no load types.`
        : `Environment ${name} has no load type ${JSON.stringify(wanted)}.${didYouMean(wanted, names)}`,
    where: '--load-type',
    exit: 'usage',
    next: [names.length === 0 ? 'esr-ops config example' : 'esr-ops etl list'],
  });
}

async function statusOf(
  load: LoadType,
  wanted: string | null,
  environment: Environment,
  { loads, clock }: Readers,
): Promise<LoadStatus> {
  const now = clock.now();
  const { timezone, localOffices } = environment;
  const last = load.schedule === null ? null : lastRun(load.schedule, now);
  const date = wanted ?? dateOfRun(load, last ?? now, timezone);
  const problems: string[] = [];
  const [job, inProgress, found] = await Promise.all([
    settle(loads.jobs.state({ load, date }), problems),
    settle(loads.jobs.inProgress(load), problems),
    loads.found({ load, date }, localOffices),
  ]);
  const deadline = deadlineOf(load, date, environment);
  return {
    loadType: load.name,
    meaning: load.meaning,
    date,
    scheduledMs: runForDate(load, date, timezone),
    job,
    inProgress,
    standing: standingOf(load, found, localOffices),
    outlook: deadline === null ? null : outlookFor(load, deadline, now),
    problems,
  };
}

async function settle<T>(reading: Promise<T>, problems: string[]): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(error.problems[0].message);
    return null;
  }
}

/** What ran by its schedule and left nothing, or a part; a run of ours that failed; what could not be looked at. */
function isFinding({ standing, scheduledMs, job, problems }: LoadStatus, nowMs: number): boolean {
  const shouldBe = scheduledMs !== null && scheduledMs <= nowMs;
  return (
    problems.length > 0 ||
    standing.is === 'partial' ||
    (shouldBe && standing.is !== 'complete') ||
    (job?.is === 'ended' && job.exitCode !== 0)
  );
}
