import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { datedQueue } from './dated-queue.ts';

const schema = z.object({ vhost: z.string(), queue: z.string().nullish(), dated: z.string().nullish() });

/** Declares a durable queue that dead letters are parked in. One that is there is left as it is. */
export const queueDeclare: Action<z.infer<typeof schema>> = {
  verb: 'queue.declare',
  help: 'declare a durable queue, unless it is there',
  args: { vhost: 'string', queue: 'string?', dated: 'string?' },
  affects: [],
  reads: [],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ vhost, ...args }, context) => {
    const queue = datedQueue(args.queue ?? null, args.dated ?? null, context);
    if (queue === null) return { ...nothing, unchanged: ['no queue was named'] };
    const queues = await context.readers.messages.queues(vhost);
    if (queues.some((present) => present.name === queue)) return { ...nothing, unchanged: [`queue ${queue} is there`] };
    return { ...nothing, changes: [{ kind: 'queue.declare', vhost, queue }] };
  },
};
