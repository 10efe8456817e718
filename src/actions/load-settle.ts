import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { isSettled, type RunState } from '../core/fold.ts';
import type { LoadStart } from '../core/load-changes.ts';
import { standingOf } from '../core/load-standing.ts';

const schema = z.object({});

/** Acknowledges earlier `etl run`s that failed, where what they were to do is there by now. */
export const loadSettle: Action<z.infer<typeof schema>> = {
  verb: 'load.settle',
  help: 'acknowledge earlier runs of etl run that failed and whose load is there by now; name the others',
  args: {},
  affects: [],
  reads: ['load.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async (_args, context) => {
    const changes: Change[] = [];
    const notes: string[] = [];
    for (const { run, state } of await context.readers.runs.list()) {
      if (state?.started.plan.command !== 'etl run' || isSettled(state)) continue;
      const { target } = state.started.plan;
      const start = startOf(state);
      const good = start !== null && state.ended !== null && (await isGood(start, context));
      if (good) {
        const reason = `${start.loadType} for ${start.date} was run again by recover etl, and is there`;
        changes.push({ kind: 'run.settle', run, target, reason });
      } else
        notes.push(
          `run ${run} (${target}) is not settled and stays so: esr-ops resume ${run}, or esr-ops runs ack ${run} --reason "..."`,
        );
    }
    return { ...nothing, changes, notes };
  },
};

/** What it started; null: nothing. */
function startOf({ steps }: RunState): LoadStart | null {
  const changes = [...steps.values()].flatMap((step) => step.changes.map(({ change }) => change));
  return changes.find((change): change is LoadStart => change.kind === 'load.start') ?? null;
}

/** Whether all of it is there and nothing of it goes on; while planning, also what an earlier step is going to run. */
async function isGood({ loadType, date }: LoadStart, { environment, readers, ahead }: ActionContext): Promise<boolean> {
  if (ahead.some((change) => change.kind === 'load.start' && change.loadType === loadType && change.date === date))
    return true;
  const load = environment.loadTypes.find(({ name }) => name === loadType);
  if (load === undefined) return false;
  const job = { load, date };
  const [state, found] = await Promise.all([
    readers.loads.jobs.state(job),
    readers.loads.found(job, environment.localOffices),
  ]);
  return state.is !== 'running' && standingOf(load, found, environment.localOffices).is === 'complete';
}
