import { missedLoads } from '../../core/missed-loads.ts';
import type { FactScope } from '../../core/deciding.ts';
import { known, type FactSource } from './source.ts';

/** Facts of what the schedule of the load types had since the runbook's input `since`. */
export const loadFacts: readonly FactSource[] = [
  {
    name: 'load.missing',
    type: 'int',
    help: 'runs of the schedule since --since that are not there, or not whole, and that can still be made good in time',
    decides: false,
    read: async (scope) => {
      const missing = (await judged(scope)).filter(({ catchUp }) => catchUp.is === 'run');
      return known(missing.length, missing.map(({ seen }) => `${seen.load.name} for ${seen.date}`).join(', '));
    },
  },
  {
    name: 'load.lost',
    type: 'int',
    help: 'runs of the schedule since --since that are not there, too late to run, and picked up by no later run',
    decides: false,
    read: async (scope) => {
      const lost = (await judged(scope)).filter(({ catchUp }) => catchUp.is === 'lost');
      return known(lost.length, lost.map(({ seen }) => `${seen.load.name} for ${seen.date}`).join(', '));
    },
  },
];

function judged(scope: FactScope): ReturnType<typeof missedLoads> {
  const { since, late } = scope.inputs as { since?: unknown; late?: unknown };
  return missedLoads(scope, { since: typeof since === 'string' ? Date.parse(since) : null, late: late === true });
}
