import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { LoadProve, LoadStart } from '../core/load-changes.ts';

const schema = z.object({ 'load-type': z.string() });

/** Sees after a run whether what it is for is there. */
export const loadProve: Action<z.infer<typeof schema>> = {
  verb: 'load.prove',
  help: 'see whether what the run is for is there: rows, files, messages',
  args: { 'load-type': 'string' },
  affects: [],
  reads: [],
  settles: 'run',
  outputs: {},
  schema,
  plan: (args, context) => {
    const start = [...context.made, ...context.ahead].find(
      (change): change is LoadStart => change.kind === 'load.start' && change.loadType === args['load-type'],
    );
    if (start === undefined)
      return Promise.resolve({ ...nothing, unchanged: ['nothing was run, so nothing is proved'] });
    return Promise.resolve({ ...nothing, changes: [proofOf(start)] });
  },
};

/** What proves a run: all that it was for. */
export function proofOf({ loadType, date, offices, was }: LoadStart): LoadProve {
  return { kind: 'load.prove', loadType, date, offices, was };
}
