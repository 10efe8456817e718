import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';

const schema = z.object({ vhost: z.string() });

/** Starts a stopped vhost: the gentlest thing, which loses nothing. The broker may refuse, and says why. */
export const vhostRestart: Action<z.infer<typeof schema>> = {
  verb: 'vhost.restart',
  help: 'start the stopped vhost over HTTP on each node that has it stopped',
  args: { vhost: 'string' },
  affects: ['vhost.'],
  reads: ['vhost.state'],
  settles: 'plan',
  outputs: { started: 'bool', reason: 'string' },
  schema,
  plan: async ({ vhost }, { readers }) => {
    const status = await readers.rabbit.status(vhost);
    if (status.state === 'absent') {
      return {
        ...nothing,
        blockers: [
          {
            code: 'vhost.absent',
            message: `Vhost ${vhost} does not exist; starting can't bring it back.`,
            items: [],
            remedies: [],
          },
        ],
      };
    }
    const nodes = Object.entries(status.nodes)
      .filter(([, state]) => state === 'stopped')
      .map(([node]) => node);
    const gone = Object.entries(status.nodes)
      .filter(([, state]) => state === 'nodedown')
      .map(([node]) => node);
    const notes = gone.map((node) => `node ${node} is down; only the broker's host can bring it back`);
    if (nodes.length === 0) return { ...nothing, notes, unchanged: [`vhost ${vhost} is not stopped on any node`] };
    return { ...nothing, notes, changes: [{ kind: 'vhost.start', vhost, nodes: [...nodes].sort() }] };
  },
};
