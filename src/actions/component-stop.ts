import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { byHandBlocker } from './by-hand.ts';
import { componentNamed } from './component-named.ts';

const schema = z.object({ component: z.string() });

/** Stops a component within its own grace; one that does not run is left alone. */
export const componentStop: Action<z.infer<typeof schema>> = {
  verb: 'component.stop',
  help: 'stop a component in order, within its own grace',
  args: { component: 'string' },
  affects: ['component.'],
  reads: [],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async ({ component: word }, { environment, readers }) => {
    const component = componentNamed(word, environment);
    const { name, control, stopGraceMs } = component;
    if (control.kind === 'person') return { ...nothing, blockers: [byHandBlocker(component)] };
    const { is, evidence, start } = await readers.components.process(component);
    if (is === 'stopped' || is === 'gone' || is === 'stuck') return { ...nothing, unchanged: [evidence] };
    return {
      ...nothing,
      changes: [{ kind: 'component.stop', component: name, graceMs: stopGraceMs, start }],
      notes: [evidence, ...component.isNot],
    };
  },
};
