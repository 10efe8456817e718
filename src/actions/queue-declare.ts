import { z } from 'zod';
import { nothing, type Action } from '../core/action.ts';

const schema = z.object({ vhost: z.string(), queue: z.string() });

/** Declares a durable queue that dead letters are parked in. One that is there is left as it is. */
export const queueDeclare: Action<z.infer<typeof schema>> = {
  verb: 'queue.declare',
  help: 'declare a durable queue, unless it is there',
  args: { vhost: 'string', queue: 'string' },
  affects: [],
  reads: [],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async ({ vhost, queue }, { readers }) => {
    const queues = await readers.messages.queues(vhost);
    if (queues.some((present) => present.name === queue)) return { ...nothing, unchanged: [`queue ${queue} is there`] };
    return { ...nothing, changes: [{ kind: 'queue.declare', vhost, queue }] };
  },
};
