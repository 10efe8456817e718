import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { deadlineOf, outlookFor, type DeadlineOutlook } from '../core/deadline.ts';
import { officesOf, readParameters } from '../core/load-order.ts';
import { standingOf, type LoadStanding } from '../core/load-standing.ts';
import type { LoadType } from '../core/load-type.ts';
import type { Blocker } from '../core/plan.ts';
import type { LoadJob, LoadJobState } from '../core/ports-loads.ts';
import { spanWords } from '../core/span-words.ts';
import { dependencies } from './load-dependencies.ts';
import { dateFor, loadNamed } from './load-order-of.ts';
import { goingOn } from './load-in-progress.ts';

const schema = z.object({
  'load-type': z.string(),
  date: z.string().nullish(),
  param: z.array(z.string()).nullish(),
  late: z.boolean().nullish(),
  unhealthy: z.boolean().nullish(),
  beside: z.boolean().nullish(),
});

/** Runs a load type for a date: which job that is, whether there is time, what is there already, and what would prove it. */
export const loadRun: Action<z.infer<typeof schema>> = {
  verb: 'load.run',
  help: 'run a load type for a date, once, and follow it',
  args: {
    'load-type': 'string',
    date: 'string?',
    param: 'strings?',
    late: 'bool?',
    unhealthy: 'bool?',
    beside: 'bool?',
  },
  affects: [],
  reads: [],
  settles: 'run',
  outputs: {},
  schema,
  plan: async (args, context) => {
    const { environment, readers } = context;
    const load = loadNamed(args['load-type'], environment);
    const date = dateFor(load, args.date, context);
    const parameters = readParameters(load, args.param ?? [], environment.localOffices);
    const offices = officesOf(load, parameters, environment.localOffices);
    const job: LoadJob = { load, date };
    const [state, found] = await Promise.all([readers.loads.jobs.state(job), readers.loads.found(job, offices)]);
    const standing = standingOf(load, found, offices);
    const busy = await goingOn(job, state, context);
    const health = await dependencies(load, context);
    const time = timeFor(load, date, context);
    const order = {
      loadType: load.name,
      date,
      id: `${new Date(readers.clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`,
    };
    const start: Change = {
      kind: 'load.start',
      ...order,
      replaces: state.is === 'ended' || state.is === 'placed' ? state.id : null,
      parameters,
      offices,
      found: standing.is,
      twice: standing.is === 'none' ? null : twiceWords(load, date, standing),
      was: found.map(({ where, total }) => ({ where, total })),
    };
    return {
      ...nothing,
      changes: load.driver.kind === 'publish' ? [start] : [start, { kind: 'load.follow', ...order }],
      blockers: [
        ...examples(load),
        ...busy.blockers,
        ...(args.unhealthy === true ? [] : health.blockers),
        ...(args.late === true || time === null || time.is === 'makes-it' ? [] : [tooLate(load, time)]),
        ...(args.beside === true ? [] : busy.liftable),
      ],
      notes: [
        `${load.name}: ${load.meaning}`,
        ...(time === null ? ['nothing is known to wait for it'] : [deadlineWords(time)]),
        `for ${date} there is ${standing.is === 'none' ? 'nothing of it yet' : standing.is === 'unknown' ? 'not known what' : `a ${standing.is} run's`}: ${standing.words.join('; ')}`,
        ...stateWords(state),
        ...busy.notes,
        ...health.notes,
        `proved by: ${load.writes.length === 0 ? 'nothing that is configured, so it ends unverified' : found.map(({ where }) => where).join(', ')}`,
      ],
    };
  },
};

function timeFor(load: LoadType, date: string, context: ActionContext): DeadlineOutlook | null {
  const deadline = deadlineOf(load, date, context.environment);
  return deadline === null ? null : outlookFor(load, deadline, context.readers.clock.now());
}

/** `notification-export starts in 42 min; usual duration 6 min: makes it`. */
function deadlineWords({ deadline, leftMs, usualMs, is }: DeadlineOutlook): string {
  const what = deadline.feeds === null ? 'it closes' : `${deadline.feeds} starts`;
  const usual = `usual duration ${spanWords(usualMs)}`;
  if (is === 'passed')
    return `${what.replace('starts', 'started').replace('closes', 'closed')} ${spanWords(leftMs)} ago`;
  return `${what} in ${spanWords(leftMs)}; ${usual}: ${is === 'makes-it' ? 'makes it' : "can't make it"}`;
}

function tooLate(load: LoadType, time: DeadlineOutlook): Blocker {
  const { means, coveredBy, instead } = load.missed;
  return {
    code: 'load.late',
    message: `${capital(deadlineWords(time))}. ${means}`,
    items: [
      coveredBy === null ? 'no later run makes it good' : `the next ${coveredBy} makes it good`,
      ...(instead === null ? [] : [instead]),
    ],
    remedies: [{ flag: '--late', input: 'late', value: true, label: 'run it all the same' }],
  };
}

function examples(load: LoadType): readonly Blocker[] {
  if (!load.example) return [];
  const message = `${load.name} is still the example of the shipped configuration: what it would run is made up.`;
  return [{ code: 'load.example', message, items: [], remedies: [] }];
}

function twiceWords(load: LoadType, date: string, { is, words }: LoadStanding): string {
  const there = is === 'unknown' ? 'It is not known what is there' : `There is a ${is} run's`;
  const twice = load.rerun.is === 'safe' ? 'A rerun is said to be safe.' : (load.rerun.twice ?? '');
  const clear = load.rerun.clear === null ? '' : ` First: ${load.rerun.clear}`;
  return `${load.name} runs for ${date} once more. ${there}: ${words.join('; ')}. ${twice}${is === 'partial' ? clear : ''}`;
}

function stateWords(state: LoadJobState): readonly string[] {
  if (state.is !== 'ended') return [];
  const how = state.exitCode === null ? 'without an exit code' : `with exit code ${state.exitCode}`;
  return [`an earlier run of it by esr-ops for that date has ended ${how} (${state.where}); its place is taken`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
