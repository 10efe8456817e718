import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { componentHost } from '../core/component-engine.ts';
import type { Blocker } from '../core/plan.ts';
import { componentStart } from './component-start.ts';
import { componentStop } from './component-stop.ts';
import { isUnwell, lookAlong, needsOf, type PathSight } from './path-look.ts';

const schema = z.object({ host: z.string() });

/** Ms that what was just waiting for another may take to work again by itself, and between two looks. */
const patienceMs = 20_000;
const everyMs = 1_000;

/** Restarts what load types need and what does not work, but nothing that only waits for another that does not. */
export const etlRestart: Action<z.infer<typeof schema>> = {
  verb: 'etl.restart',
  help: 'restart those on the way of the load types that are up and do not work, what is needed first',
  args: { host: 'string' },
  affects: ['component.'],
  reads: ['docker.', 'component.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host }, context) => {
    const sights = await settledSights(context);
    const unwell = sights.filter((sight) => isUnwell(sight) && !isForRevival(sight, host));
    const changes: Change[] = [];
    const blockers: Blocker[] = [];
    const unchanged: string[] = [];
    const unknown: string[] = [];
    const notes: string[] = [];
    for (const { component, is, evidence } of unwell) {
      const { name } = component;
      const waitsFor = needsOf(component, context).find((needed) => unwell.some((one) => one.component === needed));
      if (is === 'unreadable') unknown.push(`${name}: ${evidence}`);
      else if (context.ahead.some((change) => change.kind === 'component.stop' && change.component === name))
        unchanged.push(`${name} is restarted before`);
      else if (waitsFor !== undefined)
        unchanged.push(`${name} needs ${waitsFor.name}: it is looked at again when that works`);
      else {
        const stop = is === 'sick' ? await componentStop.plan({ component: name }, context) : nothing;
        const ahead = [...context.ahead, ...stop.changes];
        const start = await componentStart.plan({ component: name }, { ...context, ahead });
        // What a person has to do is said once.
        blockers.push(...(stop.blockers.length > 0 ? stop.blockers : start.blockers));
        changes.push(...stop.changes, ...start.changes);
        notes.push(`${name}: ${evidence}`);
      }
    }
    const works = sights.filter(({ is }) => is === 'works').map(({ component }) => `${component.name} works`);
    return { ...nothing, changes, blockers, unchanged: [...unchanged, ...works], unknown, notes };
  },
};

/** A container of the host that does not run is brought back by the step before. */
function isForRevival({ component, is }: PathSight, host: string): boolean {
  return (
    is !== 'sick' && is !== 'unreadable' && component.control.kind === 'container' && componentHost(component) === host
  );
}

/** While running, what waited for a component that was just restarted gets a while to find it. */
async function settledSights(context: ActionContext): Promise<readonly PathSight[]> {
  const { clock } = context.readers;
  const untilMs = clock.now() + patienceMs;
  for (;;) {
    const sights = await lookAlong(context);
    const restarted = context.made.some(({ kind }) => kind === 'component.start' || kind === 'component.recreate');
    if (!restarted || !sights.some(isUnwell) || clock.now() >= untilMs) return sights;
    await clock.sleep(everyMs, context.signal);
  }
}
