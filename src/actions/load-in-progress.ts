import type { ActionContext } from '../core/action.ts';
import type { LoadType } from '../core/load-type.ts';
import type { Blocker } from '../core/plan.ts';
import type { LoadJob, LoadJobState } from '../core/ports-loads.ts';
import { lastRun } from '../core/schedule.ts';
import { spanWords } from '../core/span-words.ts';

/** Runs that must not go on beside one: its own, of any date, and those of what it feeds. */
export interface GoingOn {
  readonly blockers: readonly Blocker[];
  /** Those that somebody may know better, and lift. */
  readonly liftable: readonly Blocker[];
  readonly notes: readonly string[];
}

/** Looks for runs of a load type, and of what it feeds, that go on. */
export async function goingOn(job: LoadJob, state: LoadJobState, context: ActionContext): Promise<GoingOn> {
  const { load } = job;
  const fed = context.environment.loadTypes.filter(({ name }) => load.feeds.includes(name));
  const looked = await Promise.all(
    [load, ...fed].map(async (one) => ({ one, found: await context.readers.loads.jobs.inProgress(one) })),
  );
  const running: Blocker[] =
    state.is === 'running'
      ? [
          {
            code: 'load.running',
            message: `${load.name} for ${job.date} runs already: ${state.where}, order ${state.id}.`,
            items: [],
            remedies: [],
          },
        ]
      : [];
  const beside = looked.flatMap(({ one, found }) => [
    ...found.own
      .filter(({ date }) => !(one.name === load.name && date === job.date))
      .map(({ date }) => `${one.name} for ${date} goes on`),
    ...found.others.map((seen) => `${one.name}: ${seen}`),
  ]);
  const due = looked.flatMap(({ one, found }) => dueWords(one, found.unknown, context));
  return {
    blockers: running,
    liftable:
      beside.length === 0 && due.length === 0
        ? []
        : [
            {
              code: 'load.in-progress',
              message: `Another run ${beside.length > 0 ? 'goes on' : 'may go on'} that writes or reads the same.`,
              items: [...beside, ...due],
              remedies: [{ flag: '--beside', input: 'beside', value: true, label: 'run it beside that' }],
            },
          ],
    notes: looked.flatMap(({ one, found }) =>
      found.unknown === null ? [] : [`not known whether somebody else runs ${one.name}: ${found.unknown}`],
    ),
  };
}

/** Where runs of others can't be seen, one that the schedule began shortly ago counts as going on. */
function dueWords(load: LoadType, unknown: string | null, context: ActionContext): readonly string[] {
  if (load.schedule === null || unknown === null) return [];
  const now = context.readers.clock.now();
  const last = lastRun(load.schedule, now);
  if (last === null || now - last >= load.usualMs) return [];
  return [
    `${load.name} began by its schedule ${spanWords(now - last)} ago and usually takes ${spanWords(load.usualMs)}`,
  ];
}
