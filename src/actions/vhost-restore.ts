import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import { didYouMean } from '../core/closest.ts';
import type { DrainManifest } from '../core/drain.ts';
import { textOf } from '../core/json.ts';
import type { Blocker } from '../core/plan.ts';
import type { RestoreRequest, SentElsewhere } from '../core/ports-messages.ts';
import { stepMarker } from './capture-choice.ts';
import { instantArg } from './instant-arg.ts';
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
  'skip-replayed-from': instantArg.nullish(),
  unsent: z.boolean().nullish(),
});
type Args = z.infer<typeof schema>;

/** Puts drained messages back, each confirmed by the broker and none sent twice that a ledger knows of. */
export const vhostRestore: Action<Args> = {
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
    unsent: 'bool?',
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
    const blockers = manifest === null ? [] : await blockersOf(args, manifest, context);
    const place: Omit<RestoreRequest, 'drain' | 'skipReplayedFrom' | 'unsent'> = {
      vhost,
      queues: args.queues == null || args.queues.length === 0 ? null : args.queues,
      to: to ?? 'queue',
      into: datedQueue(args.into ?? null, args.dated ?? null, context),
    };
    const elsewhere =
      typeof id !== 'string' || manifest === null
        ? nowhere
        : await context.readers.messages.sentElsewhere({ ...place, drain: id });
    const unsent = args.unsent ?? false;
    const known = manifest?.queues.reduce((sum, queue) => sum + queue.records - queue.again, 0);
    return {
      ...nothing,
      changes: [
        {
          kind: 'messages.restore',
          drain,
          ...place,
          skipReplayedFrom: args['skip-replayed-from'] ?? null,
          unsent,
          again: unsent ? 0 : elsewhere.messages,
        },
      ],
      notes: [...(known === undefined ? [] : [`${known} message(s) are in it`]), ...notesOf(elsewhere, unsent)],
      unknown: known === undefined ? ['how many messages: that is known when they are drained'] : [],
      blockers,
    };
  },
};

const nowhere: SentElsewhere = { messages: 0, places: [] };

function notesOf({ messages, places }: SentElsewhere, unsent: boolean): readonly string[] {
  if (messages === 0) return [];
  const sent = `${messages} of these were sent by an earlier restore, to ${places.join(' and ')}`;
  return [unsent ? `${sent}: they are left out` : `${sent}: they would be there twice; --unsent leaves them out`];
}

/** Queues that were named and are not in the drain, or that the messages belong into and the vhost does not have. */
async function blockersOf(
  { vhost, queues, to, into, dated }: Args,
  manifest: DrainManifest,
  context: ActionContext,
): Promise<readonly Blocker[]> {
  const held = manifest.queues.map((queue) => queue.name);
  const named = queues ?? [];
  const unknown = named.filter((name) => !held.includes(name));
  if (unknown.length > 0) {
    return unknown.map((name) =>
      blocker('restore.unknown-queue', `The drain holds no queue ${JSON.stringify(name)}.${didYouMean(name, held)}`),
    );
  }
  if ((to ?? 'queue') !== 'queue' || into != null || dated != null) return [];
  const present = new Set((await context.readers.messages.queues(vhost)).map((queue) => queue.name));
  const absent = manifest.queues.filter(
    (queue) => queue.records > 0 && (named.length === 0 || named.includes(queue.name)) && !present.has(queue.name),
  );
  if (absent.length === 0) return [];
  const message = `Vhost ${vhost} lacks queues that messages of the drain belong into. Nothing is sent: declare them, or choose others with --queue.`;
  return [{ ...blocker('restore.no-queue', message), items: absent.map((queue) => queue.name) }];
}

function blocker(code: string, message: string): Blocker {
  return { code, message, items: [], remedies: [] };
}
