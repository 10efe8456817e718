import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import { didYouMean } from '../core/closest.ts';
import type { Blocker } from '../core/plan.ts';
import type { QueueDetail } from '../core/ports-messages.ts';
import { vhostInPart, type VhostInPart } from '../core/vhost-in-part.ts';

const schema = z.object({
  vhost: z.string(),
  queues: z.array(z.string()).nullish(),
  queue: z.string().nullish(),
  copy: z.boolean().nullish(),
  'allow-consumers': z.boolean().nullish(),
  'check-targets': z.boolean().nullish(),
});
type Args = z.infer<typeof schema>;

/** Takes messages to disk, each synced before it is acknowledged. */
export const vhostDrain: Action<Args> = {
  verb: 'vhost.drain',
  help: 'take the messages of queues to disk: synced first, acknowledged then',
  args: {
    vhost: 'string',
    queues: 'strings?',
    queue: 'string?',
    copy: 'bool?',
    'allow-consumers': 'bool?',
    'check-targets': 'bool?',
  },
  affects: ['vhost.messages'],
  reads: ['vhost.state'],
  settles: 'run',
  outputs: { id: 'string', messages: 'int' },
  schema,
  plan: async (args, context) => {
    const { vhost } = args;
    const status = await context.readers.rabbit.status(vhost);
    const { state } = status;
    const part = state === 'down' ? vhostInPart(status) : null;
    if (part !== null && (await context.readers.rabbit.amqp(vhost)).is !== 'opened')
      return { ...nothing, blockers: [notFromHere(vhost, part, context)] };
    if (state === 'down' && part === null && context.ahead.some((change) => change.kind === 'vhost.start'))
      return { ...nothing, unknown: [`whether anything can be read: vhost ${vhost} is down, and is started before`] };
    if (state !== 'running' && part === null) {
      const message = `Vhost ${vhost} is ${state}: nothing can be read from its queues.`;
      return { ...nothing, blockers: [{ code: 'drain.not-running', message, items: [], remedies: [] }] };
    }
    const listed = await context.readers.messages.queues(vhost);
    const unserved = await context.readers.messages.unserved(vhost);
    const all = part === null ? listed : listed.filter((queue) => !unserved.has(queue.name));
    const names = args.queue == null ? (args.queues ?? []) : [args.queue];
    const unknown = names.filter((name) => !all.some((queue) => queue.name === name));
    if (unknown.length > 0)
      return {
        ...nothing,
        blockers: unknown.map((name) => (unserved.has(name) ? unservedQueue(name) : noQueue(vhost, name, all))),
      };
    const chosen = all.filter((queue) => (names.length === 0 ? drainable(queue) : names.includes(queue.name)));
    const leftOut = names.length > 0 ? [] : all.filter((queue) => !drainable(queue));
    const notes = leftOut.map(
      (queue) =>
        `${queue.name} is left out: it is ${queue.kind === 'stream' ? 'a stream, whose messages stay when they are read' : 'exclusive and goes with its connection'}`,
    );
    const unreadable = part === null ? [] : unreadableQueues(part, listed, unserved);
    if (chosen.length === 0)
      return { ...nothing, notes: [...notes, ...unreadable], unchanged: [`vhost ${vhost} has no queue to drain`] };
    const known = chosen.reduce((sum, queue) => sum + (queue.messages ?? 0), 0);
    return {
      ...nothing,
      changes: [
        {
          kind: 'messages.drain',
          vhost,
          drain: drainId(context.readers.clock.now()),
          queues: chosen,
          copy: args.copy ?? false,
          allowConsumers: args['allow-consumers'] ?? false,
          checkTargets: args['check-targets'] ?? false,
        },
      ],
      notes: [
        ...notes,
        ...unreadable,
        `${known} message(s), by statistics some seconds old: each queue is counted by the broker when it is drained`,
        ...(args.copy === true ? [copied] : []),
      ],
      blockers: [
        ...chosen.flatMap((queue) => refusalOf(queue, args)),
        ...outOfReach(chosen, unserved, context),
        ...(await consumersOf(args, chosen, context)),
        ...(await heldOff(context)),
      ],
    };
  },
};

/** Of queues on nodes that have the vhost stopped nothing can be read, and their numbers are old. */
function unreadableQueues(
  part: VhostInPart,
  listed: readonly QueueDetail[],
  unserved: ReadonlySet<string>,
): readonly string[] {
  const names = listed.filter((queue) => unserved.has(queue.name)).map((queue) => queue.name);
  return names.length === 0
    ? []
    : [`what is in ${names.join(', ')} can't be read: the vhost is stopped on ${part.stopped.join(', ')}`];
}

function unservedQueue(name: string): Blocker {
  return {
    code: 'drain.unserved',
    message: `Queue ${name} can't be read: its node has the vhost stopped.`,
    items: [],
    remedies: [],
  };
}

/** Queues of a vhost that runs whose own node is down: what is in them comes back with it, unless they are deleted. */
function outOfReach(
  chosen: readonly QueueDetail[],
  unserved: ReadonlySet<string>,
  { ahead, made }: ActionContext,
): readonly Blocker[] {
  const items = chosen.filter((queue) => unserved.has(queue.name)).map((queue) => queue.name);
  if (items.length === 0) return [];
  const fenced = [...ahead, ...made].some(({ kind }) => kind === 'permission.withdraw' || kind === 'connections.close');
  return [
    {
      code: 'drain.unserved',
      message:
        "These queues can't be read: their node is down, or no process serves them. What is in them comes back with the node: bring it back first, or leave them out.",
      items,
      remedies: fenced ? [giveUp] : [],
    },
  ];
}

/** The way in leads to a node that has the vhost stopped, while others could be read. */
function notFromHere(vhost: string, part: VhostInPart, { ahead, made }: ActionContext): Blocker {
  const recovering = [...ahead, ...made].some((change) => change.kind === 'vhost.start');
  return {
    code: 'drain.not-from-here',
    message: `Vhost ${vhost} runs on ${part.running.join(', ')}, and its queues there can be read; but the configured AMQP address leads to a node that has it stopped. Name one of the others under rabbitmq.amqp, or give up the messages that are in the vhost.`,
    items: [],
    remedies: recovering ? [giveUp] : [],
  };
}

const giveUp = {
  flag: '--without-messages',
  input: 'without-messages',
  value: true,
  label: 'the messages in it may be lost',
};

const copied = 'a copy leaves the messages where they are, marked as redelivered, and each counts one delivery more';

function drainable(queue: QueueDetail): boolean {
  return queue.kind !== 'stream' && !queue.exclusive;
}

/** Draining logs in over AMQP, which a held-off user can't: a service that shares the tool's user would get in as well. */
async function heldOff({ readers: { rabbit }, ahead }: ActionContext): Promise<readonly Blocker[]> {
  const { name } = await rabbit.whoami();
  const willBe = ahead.some((change) => change.kind === 'user.hold-off');
  const isNow = (await rabbit.userLimits(name))['max-connections'] === 0;
  if (!willBe && !isNow) return [];
  return [
    {
      code: 'drain.held-off',
      message: `A service shares this tool's own user ${name}, so that user is held off, and nothing can be drained or put back meanwhile. Give the tool a user of its own, or give up the messages that are in the vhost.`,
      items: [],
      remedies: willBe ? [giveUp] : [],
    },
  ];
}

/** Queues that were named and can't be drained. */
function refusalOf({ name, kind, exclusive, deliveryLimit }: QueueDetail, { copy }: Args): readonly Blocker[] {
  const refuse = (code: string, why: string): readonly Blocker[] => [
    { code, message: `Queue ${name} can't be drained: ${why}.`, items: [], remedies: [] },
  ];
  if (kind === 'stream') return refuse('drain.stream', 'it is a stream, whose messages stay when they are read');
  if (exclusive) return refuse('drain.exclusive', 'it is exclusive and goes with the connection that declared it');
  if (copy !== true || deliveryLimit === null) return [];
  return refuse(
    'drain.delivery-limit',
    `a copy gives each message back, and its limit of ${deliveryLimit} deliveries drops or dead-letters those that have had them; without --copy none is spent`,
  );
}

function noQueue(vhost: string, name: string, all: readonly QueueDetail[]): Blocker {
  const near = didYouMean(
    name,
    all.map((queue) => queue.name),
  );
  return {
    code: 'drain.no-queue',
    message: `Vhost ${vhost} has no queue ${JSON.stringify(name)}.${near}`,
    items: [],
    remedies: [],
  };
}

/**
 * Others who consume would take messages past the drain; in a recovery the fence has put them out before. The listing
 * may still show one that has left: the broker itself is asked before that blocks anybody. One that the listing does
 * not show yet is met by the drain, which counts before it takes anything.
 */
async function consumersOf(
  args: Args,
  queues: readonly QueueDetail[],
  context: ActionContext,
): Promise<readonly Blocker[]> {
  if (args['allow-consumers'] === true) return [];
  const fenced = [...context.ahead, ...context.made].some(
    (change) => change.kind === 'connections.close' && change.vhost === args.vhost,
  );
  const listed = fenced ? [] : queues.filter((queue) => queue.consumers > 0);
  const names = listed.filter(drainable).map((queue) => queue.name);
  const counted = await context.readers.messages.consumers(args.vhost, names);
  const attached = listed
    .map((queue) => ({ ...queue, consumers: counted.get(queue.name) ?? queue.consumers }))
    .filter((queue) => queue.consumers > 0);
  if (attached.length === 0) return [];
  return [
    {
      code: 'drain.consumers',
      message:
        'Others consume from these queues: what they take would not be in the drain, and its count could not be proved. `esr-ops vhost fence` keeps them out.',
      items: attached.map((queue) => `${queue.name}: ${queue.consumers} consumer(s)`),
      remedies: [{ flag: '--allow-consumers', input: 'allow-consumers', value: true, label: 'drain beside them' }],
    },
  ];
}

/** Sorts by time; chosen when the step is decided, so that a resumed run goes on with the same drain. */
function drainId(now: number): string {
  return `drain-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
}
