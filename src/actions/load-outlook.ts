import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { instantArg } from './instant-arg.ts';
import { missedLoads } from '../core/missed-loads.ts';
import { outlookWords } from './outlook-words.ts';

const schema = z.object({ since: instantArg.nullish() });

/** Says of everything that the schedule had since a time whether it is there now, and what becomes of the rest. */
export const loadOutlook: Action<z.infer<typeof schema>> = {
  verb: 'load.outlook',
  help: "say what of the missed runs is there now, what is picked up by itself, and what can't be made good",
  args: { since: 'int?' },
  affects: [],
  reads: ['load.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ since }, context) => {
    // A plan has this of the step that runs them.
    if (context.ahead.some(({ kind }) => kind === 'load.start'))
      return { ...nothing, unknown: ['what is there when they have run'] };
    const judged = await missedLoads(context, { since, late: false });
    const still = judged.filter(({ catchUp }) => catchUp.is === 'run');
    return {
      ...nothing,
      unchanged: judged
        .filter(({ catchUp }) => catchUp.is === 'there')
        .map(({ seen }) => `${seen.load.name} for ${seen.date} is there`),
      notes: [
        ...still.map(
          ({ seen }) => `STILL MISSING: ${seen.load.name} for ${seen.date} (${seen.standing.words.join('; ')})`,
        ),
        ...outlookWords(judged, context.environment.timezone),
      ],
    };
  },
};
