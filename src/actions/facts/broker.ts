import { isUnreachable } from '../../core/fault.ts';
import { known, type FactSource } from './source.ts';

/** Facts of the broker as a whole. */
export const brokerFacts: readonly FactSource[] = [
  {
    name: 'broker.reachable',
    type: 'bool',
    help: 'the management API answers and accepts the credentials',
    decides: true,
    read: async (scope) => {
      try {
        await scope.readers.rabbit.overview();
        return known(true, scope.readers.rabbit.identity);
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        return known(false, error instanceof Error ? error.message : 'it cannot be reached');
      }
    },
  },
];
