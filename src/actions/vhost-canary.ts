import { z } from 'zod';
import { nothing, type Action } from '../core/action.ts';

const schema = z.object({ vhost: z.string() });

/** Proves that the vhost's message store works; routing is proved by comparing bindings. */
export const vhostCanary: Action<z.infer<typeof schema>> = {
  verb: 'vhost.canary',
  help: 'send one persistent message through a temporary exchange and queue of our own',
  args: { vhost: 'string' },
  affects: [],
  reads: ['vhost.state'],
  settles: 'plan',
  outputs: {},
  schema,
  plan: ({ vhost }) => Promise.resolve({ ...nothing, changes: [{ kind: 'canary.round-trip', vhost }] }),
};
