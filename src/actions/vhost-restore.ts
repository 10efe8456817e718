import { z } from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { textOf } from '../core/json.ts';
import { stepMarker } from './capture-choice.ts';
import { datedQueue } from './dated-queue.ts';
import { chooseDrain } from './drain-choice.ts';

const schema = z.object({
  vhost: z.string(),
  drain: z.string().nullish(),
  from: stepMarker.nullish(),
  queues: z.array(z.string()).nullish(),
  to: z.string().nullish(),
  into: z.string().nullish(),
  dated: z.string().nullish(),
  'skip-replayed-from': z.number().nullish(),
});

/** Puts drained messages back, each confirmed by the broker and none sent twice that a ledger knows of. */
export const vhostRestore: Action<z.infer<typeof schema>> = {
  verb: 'vhost.restore',
  help: 'publish drained messages again, confirmed, into the queues that they came from',
  args: {
    vhost: 'string',
    drain: 'string?',
    from: 'step?',
    queues: 'strings?',
    to: 'string?',
    into: 'string?',
    dated: 'string?',
    'skip-replayed-from': 'int?',
  },
  affects: ['vhost.messages'],
  reads: ['vhost.state'],
  settles: 'run',
  outputs: { restored: 'int' },
  schema,
  plan: async (args, context) => {
    const { vhost, to } = args;
    if (to != null && to !== 'queue' && to !== 'exchange' && to !== 'death') {
      const message = `--to is queue, exchange or death, not ${JSON.stringify(to)}.`;
      return { ...nothing, blockers: [{ code: 'restore.to', message, items: [], remedies: [] }] };
    }
    const drain = chooseDrain(args.drain ?? null, args.from ?? null, context);
    if (drain === null) return { ...nothing, unchanged: ['no messages were drained'] };
    const id = drain.from === 'id' ? drain.id : context.outputs[drain.step]?.['id'];
    const manifest = typeof id === 'string' ? await context.readers.messages.verified(id) : null;
    if (manifest !== null && manifest.state !== 'complete') {
      const message = `Drain ${textOf(id)} is not complete: messages may still be in its queues.`;
      return { ...nothing, blockers: [{ code: 'restore.open-drain', message, items: [], remedies: [] }] };
    }
    const known = manifest?.queues.reduce((sum, queue) => sum + queue.records - queue.again, 0);
    return {
      ...nothing,
      changes: [
        {
          kind: 'messages.restore',
          vhost,
          drain,
          queues: args.queues == null || args.queues.length === 0 ? null : args.queues,
          to: to ?? 'queue',
          skipReplayedFrom: args['skip-replayed-from'] ?? null,
          into: datedQueue(args.into ?? null, args.dated ?? null, context),
        },
      ],
      notes: known === undefined ? [] : [`${known} message(s) are in it`],
      unknown: known === undefined ? ['how many messages: that is known when they are drained'] : [],
    };
  },
};
