import { isUnreachable } from '../../core/fault.ts';
import { vhostInPart } from '../../core/vhost-in-part.ts';
import { known, vhostOf, type FactSource } from './source.ts';

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
  {
    // Not below `vhost.`: a start of the vhost can only end it, so a plan need not call it unknown after one.
    name: 'broker.vhost-in-part',
    type: 'bool',
    help: 'the vhost is stopped on some nodes of the cluster and runs on others, where its queues can still be read',
    decides: true,
    read: async (scope) => {
      const part = vhostInPart(await scope.readers.rabbit.status(vhostOf(scope)));
      return part === null ? known(false) : known(true, `runs on ${part.running.join(', ')} only`);
    },
  },
];
