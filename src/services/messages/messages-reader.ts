import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { didYouMean } from '../../core/closest.ts';
import type { DrainManifest } from '../../core/drain.ts';
import { Fault } from '../../core/fault.ts';
import type { DrainListing, MessagesReader, QueueDetail } from '../../core/ports-messages.ts';
import { managementBase, segment, type RabbitAccess } from '../rabbitmq/access.ts';
import { checkedAnswer } from '../rabbitmq/checked-answer.ts';
import { createReadTransport } from '../rabbitmq/transport.ts';
import { countConsumers } from './count-consumers.ts';
import { indexDrain } from './index-drain.ts';
import { countSentElsewhere } from './other-ledgers.ts';
import { readManifest } from './manifest-reader.ts';

/** A reader, and the end of its kept connections. */
export interface ClosableMessagesReader extends MessagesReader {
  close(): Promise<void>;
}

const queuesShape = z.array(
  z.looseObject({
    name: z.string(),
    type: z.string().default('classic'),
    exclusive: z.boolean().nullish(),
    messages: z.number().optional(),
    message_bytes: z.number().optional(),
    consumers: z.number().optional(),
    arguments: z.union([z.record(z.string(), z.json()), z.array(z.json())]).optional(),
    effective_policy_definition: z.union([z.record(z.string(), z.json()), z.array(z.json())]).nullish(),
  }),
);
const consumersShape = z.array(z.looseObject({ queue: z.looseObject({ name: z.string() }) }));

const statesShape = z.array(z.looseObject({ name: z.string(), state: z.string().nullish() }));

/** `stopped`: its vhost, on its node · `down`: its node · `crashed`: its own process · `minority`: a quorum's majority. */
const unservedStates: ReadonlySet<string> = new Set(['stopped', 'down', 'crashed', 'minority']);

/** Deliveries of a quorum queue without a limit of its own: none before RabbitMQ 4.0, 20 from there on. */
const limitName = { argument: 'x-delivery-limit', policy: 'delivery-limit' } as const;

/** Reads queues over the management API and drains in `dir` (`<stateDir>/<environment>/drains`). */
export function createMessagesReader(access: RabbitAccess, dir: string): ClosableMessagesReader {
  const transport = createReadTransport(access);
  const { origin, prefix } = managementBase(access);
  return {
    queues: async (vhost) => {
      const path = `/api/queues/${segment(vhost)}`;
      const columns = 'name,type,exclusive,messages,message_bytes,consumers,arguments,effective_policy_definition';
      const slow = { timeoutMs: access.slowTimeoutMs };
      const listed = checkedAnswer(
        queuesShape,
        await transport.get(path, { query: { columns }, ...slow }),
        `${origin}${prefix}${path}`,
      );
      const consumersPath = `/api/consumers/${segment(vhost)}`;
      const consumers = checkedAnswer(
        consumersShape,
        await transport.get(consumersPath, slow),
        `${origin}${prefix}${consumersPath}`,
      );
      const attached = (name: string) => consumers.filter((consumer) => consumer.queue.name === name).length;
      return listed.map((queue): QueueDetail => ({
        name: queue.name,
        kind: queue.type === 'quorum' || queue.type === 'stream' ? queue.type : 'classic',
        exclusive: queue.exclusive === true,
        messages: queue.messages ?? null,
        bytes: queue.message_bytes ?? null,
        consumers: Math.max(queue.consumers ?? 0, attached(queue.name)),
        deliveryLimit: queue.type === 'quorum' ? limitOf(queue.arguments, queue.effective_policy_definition) : null,
      }));
    },
    consumers: (vhost, queues) => countConsumers(access, vhost, queues),
    unserved: async (vhost) => {
      const path = `/api/queues/${segment(vhost)}`;
      const answer = await transport.get(path, { query: { columns: 'name,state' }, timeoutMs: access.slowTimeoutMs });
      const listed = checkedAnswer(statesShape, answer, `${origin}${prefix}${path}`);
      return new Set(listed.filter(({ state }) => unservedStates.has(state ?? '')).map(({ name }) => name));
    },
    drains: async () => {
      const names = await readdir(dir).catch((): string[] => []);
      const ids = names
        .filter((name) => drainName.test(name))
        .sort()
        .reverse();
      return await Promise.all(ids.map((id) => listingOf(dir, id)));
    },
    verified: async (id) => {
      const folder = drainFolder(dir, id);
      const names = await readdir(dir).catch((): string[] => []);
      if (!names.includes(id)) throw absentDrain(`There is no drain ${id} here.${didYouMean(id, names)}`);
      return await verifiedDrain(folder);
    },
    sentElsewhere: ({ drain, ...place }) => countSentElsewhere(drainFolder(dir, drain), place),
    close: () => transport.close(),
  };
}

const drainName = /^drain-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** Folder of a drain; a name that isn't a drain's is refused, so that none becomes a path unchecked. */
export function drainFolder(dir: string, id: string): string {
  if (drainName.test(id)) return join(dir, id);
  throw absentDrain(`${JSON.stringify(id)} is not the name of a drain.`);
}

function absentDrain(message: string): Fault {
  return new Fault({ code: 'drain.absent', message, exit: 'usage', next: ['esr-ops vhost drains'] });
}

/** The manifest of a drain whose every segment was read and checked. */
export async function verifiedDrain(folder: string): Promise<DrainManifest> {
  const manifest = await readManifest(folder);
  await indexDrain(folder, manifest);
  return manifest;
}

async function listingOf(dir: string, id: string): Promise<DrainListing> {
  const path = join(dir, id);
  try {
    return { id, path, manifest: await readManifest(path), damage: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { id, path, manifest: null, damage: error.message };
  }
}

function limitOf(args: unknown, policy: unknown): number | null {
  const own = (args as Record<string, unknown> | undefined)?.[limitName.argument];
  const set = (policy as Record<string, unknown> | null | undefined)?.[limitName.policy];
  const limits = [own, set].filter((limit) => typeof limit === 'number' && limit >= 0) as number[];
  return limits.length === 0 ? null : Math.min(...limits);
}
