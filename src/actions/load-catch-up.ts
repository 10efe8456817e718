import * as z from 'zod';
import { nothing, type Action, type ActionContext, type Decision } from '../core/action.ts';
import type { Judged } from '../core/catch-up.ts';
import type { Change } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { LoadStart } from '../core/load-changes.ts';
import type { LoadType } from '../core/load-type.ts';
import { outlookFor } from '../core/deadline.ts';
import { localTime } from '../core/local-day.ts';
import type { FoundWrite } from '../core/ports-loads.ts';
import { spanWords } from '../core/span-words.ts';
import { loadRun } from './load-run.ts';
import { proofOf } from './load-prove.ts';
import { instantArg } from './instant-arg.ts';
import { missedLoads } from '../core/missed-loads.ts';
import { outlookWords } from './outlook-words.ts';

const schema = z.object({
  since: instantArg.nullish(),
  late: z.boolean().nullish(),
  unhealthy: z.boolean().nullish(),
  beside: z.boolean().nullish(),
});

type Args = z.infer<typeof schema>;

/** Runs what the schedule had since a time and what is not there, each as `etl run` does, and proves each. */
export const loadCatchUp: Action<Args> = {
  verb: 'load.catch-up',
  help: 'run the load types that were missed since a time, what feeds before what is fed, and prove each',
  args: { since: 'int?', late: 'bool?', unhealthy: 'bool?', beside: 'bool?' },
  affects: ['load.'],
  reads: ['docker.', 'component.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async (args, context) => {
    const judged = await missedLoads(context, { since: args.since, late: args.late === true });
    const decisions: Decision[] = [];
    let endMs = context.readers.clock.now();
    for (const one of judged) {
      if (one.catchUp.is !== 'run') continue;
      endMs += one.seen.load.usualMs;
      decisions.push(await runOf(one, endMs, args, context));
    }
    const all = <T>(of: (decision: Decision) => readonly T[]): readonly T[] => decisions.flatMap(of);
    return {
      ...nothing,
      changes: all(({ changes }) => changes),
      blockers: all(({ blockers }) => blockers),
      unknown: all(({ unknown }) => unknown),
      notes: [...all(({ notes }) => notes), ...outlookWords(judged, context.environment.timezone)],
      unchanged: judged
        .filter(({ catchUp }) => catchUp.is === 'there')
        .map(({ seen }) => `${seen.load.name} for ${seen.date} is there`),
    };
  },
};

/** One missed run: whole, or of the Local Offices that are missing where it can be told to do only these. */
async function runOf(
  { seen, catchUp, deadline }: Judged,
  endMs: number,
  args: Args,
  context: ActionContext,
): Promise<Decision> {
  const { load, date, standing } = seen;
  const { environment, readers } = context;
  const why = catchUp.is === 'run' && catchUp.why !== null ? ` (${catchUp.why})` : '';
  const due =
    deadline === null
      ? 'nothing is known to wait for it'
      : `${deadline.feeds === null ? 'it closes' : `${deadline.feeds} starts`} at ${localTime(deadline.atMs, load.schedule?.zone ?? environment.timezone)}, ${dueWords(load, deadline.atMs, endMs, readers.clock.now())}${why}`;
  const ask = {
    'load-type': load.name,
    date,
    late: true,
    beside: args.beside,
    // What an earlier step restarts is asked again when it has.
    unhealthy: args.unhealthy === true || context.ahead.length > 0,
  };
  try {
    const found = await readers.loads.found(seen, environment.localOffices);
    const parameter = load.parameters.find(({ type }) => type === 'deanery');
    const offices =
      standing.is === 'partial' && parameter !== undefined ? missingIn(load, found, environment.localOffices) : [];
    const only = offices.length === 0 ? [[]] : offices.map((office) => [`${parameter?.name ?? ''}=${office}`]);
    const runs = await Promise.all(only.map((param) => loadRun.plan({ ...ask, param }, context)));
    const head = `${load.name} for ${date}: ${due}`;
    return {
      ...nothing,
      changes: oneAfterAnother(runs, environment.localOffices, found),
      blockers: [...new Map(runs.flatMap(({ blockers }) => blockers).map((one) => [one.message, one])).values()],
      notes:
        offices.length === 0
          ? // Of the deadline it says less than the head does.
            [head, ...(runs[0]?.notes.filter((_, index) => index !== 1) ?? [])]
          : [
              head,
              `it left a part (${standing.words.join('; ')}), so it runs for the Local Offices without any: ${offices.join(', ')}. One that it had begun may lack some: compare with its log`,
            ],
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const command = `esr-ops etl run --load-type ${load.name} --date ${date}`;
    return {
      ...nothing,
      notes: [`${load.name} for ${date} can't be run from here: ${error.problems[0].message} Next: ${command}`],
    };
  }
}

function dueWords(load: LoadType, atMs: number, endMs: number, nowMs: number): string {
  const outlook = outlookFor(load, { atMs, feeds: null }, nowMs);
  if (outlook.leftMs <= 0) return `${spanWords(outlook.leftMs)} ago`;
  const makes = endMs <= atMs ? 'makes it' : 'will hardly make it, with what runs before it';
  return `in ${spanWords(outlook.leftMs)}; usual duration ${spanWords(load.usualMs)}: ${makes}`;
}

/** Local Offices of which there is nothing in a place that must have all of them. */
function missingIn(load: LoadType, found: readonly FoundWrite[], offices: readonly string[]): readonly string[] {
  const missing = load.writes.flatMap((write, index) => {
    const byOffice = found[index]?.byOffice ?? null;
    const wantsAll =
      write.kind === 'table' ? write.offices === 'all' : write.kind === 's3' && write.expect === 'per-office';
    return wantsAll && byOffice !== null ? offices.filter((office) => (byOffice[office] ?? 0) === 0) : [];
  });
  return offices.filter((office) => missing.includes(office));
}

/** Runs of one load type and date share a place: each takes that of the one before. All together are proved at the end. */
function oneAfterAnother(
  runs: readonly Decision[],
  offices: readonly string[],
  found: readonly FoundWrite[],
): readonly Change[] {
  const starts = runs.flatMap(({ changes }) => changes.filter((change) => change.kind === 'load.start'));
  const changes = runs.flatMap((run) =>
    run.changes.flatMap((change): readonly Change[] => {
      if (change.kind !== 'load.start') return [change];
      const before = starts[starts.indexOf(change) - 1];
      return [before === undefined ? change : { ...change, replaces: before.id }];
    }),
  );
  const [first, ...others] = starts;
  if (first === undefined) return changes;
  const whole: LoadStart =
    others.length === 0 ? first : { ...first, offices, was: found.map(({ where, total }) => ({ where, total })) };
  return [...changes, proofOf(whole)];
}
