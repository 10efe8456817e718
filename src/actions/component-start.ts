import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { byHandBlocker } from './by-hand.ts';
import { componentNamed } from './component-named.ts';
import { containerGoes, revivalOf } from './component-revival.ts';

const schema = z.object({ component: z.string() });

/** Starts a component and has its log, its health check and its queues say that it works. */
export const componentStart: Action<z.infer<typeof schema>> = {
  verb: 'component.start',
  help: 'start a component, follow its log until it says that it started or failed, and ask its health check',
  args: { component: 'string' },
  affects: ['component.'],
  reads: ['component.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ component: word }, context) => {
    const { environment, readers, ahead } = context;
    const component = componentNamed(word, environment);
    if (component.control.kind === 'person') return { ...nothing, blockers: [byHandBlocker(component)] };
    const process = await readers.components.process(component);
    const { name } = component;
    const notes = await neededNotes(component.dependsOn);
    const stopped = ahead.some((change) => change.kind === 'component.stop' && change.component === name);
    if (process.is === 'running' && !stopped) return { ...nothing, unchanged: [process.evidence], notes };
    if (process.is === 'running' || (process.is === 'unknown' && stopped))
      return { ...nothing, changes: [{ kind: 'component.start', component: name, before: process.start }], notes };
    return { ...nothing, notes, ...revivalOf(component, process, containerGoes(component, process, context)) };

    /** What it needs and what does not work: its start may fail for that alone. */
    async function neededNotes(names: readonly string[]): Promise<readonly string[]> {
      const needed = environment.components.filter((one) => names.includes(one.name));
      const standings = await Promise.all(
        needed.map(async (one) => ({ one, standing: await readers.components.health(one) })),
      );
      return standings
        .filter(({ standing }) => standing.is === 'unhealthy')
        .map(({ one, standing }) => `it needs ${one.name}, which does not work: ${standing.evidence}`);
    }
  },
};
