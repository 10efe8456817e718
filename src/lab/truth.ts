import { askBroker, demandOfBroker, isRunning, seg, type BrokerAccess } from './broker-http.ts';
import type { LoadRecord } from './load-record.ts';

/** What became of the load's messages. Counts of distinct ids, but for `deliveredTwice`. */
export interface Truth {
  /** Made while the service had no connection: never sent to the broker. */
  readonly refused: number;
  /** Handed to a connection. */
  readonly published: number;
  /** Of these, the broker took responsibility for. */
  readonly confirmed: number;
  /** Of the published ones, the broker gave back, for no queue wanted them. */
  readonly returned: number;
  /** Reached a consumer. */
  readonly delivered: number;
  /** Still wait in a queue, and reached no consumer. */
  readonly inQueues: number;
  /** Confirmed, for a queue, and now neither delivered nor waiting. */
  readonly lost: number;
  /** Deliveries beyond the first of an id from one queue. */
  readonly deliveredTwice: number;
  /** The lost ids, in the order in which they were made. */
  readonly lostIds: readonly string[];
}

/** A message that waits in a queue. */
export interface Waiting {
  readonly queue: string;
  readonly id: string;
}

/** Adds up what the load wrote down and what still waits. Says what is, and knows nothing of what was predicted. */
export function truthOf(records: readonly LoadRecord[], waiting: readonly Waiting[]): Truth {
  const ids = (event: LoadRecord['event']): ReadonlySet<string> =>
    new Set(records.filter((record) => record.event === event).map(({ id }) => id));
  const confirmed = ids('confirmed');
  const returned = ids('returned');
  const delivered = ids('delivered');
  const inQueues = new Set(waiting.map(({ id }) => id).filter((id) => !delivered.has(id)));
  const lostIds = [...confirmed].filter((id) => !returned.has(id) && !delivered.has(id) && !inQueues.has(id));
  const deliveries = records.filter((record) => record.event === 'delivered');
  const once = new Set(deliveries.map(({ queue, id }) => JSON.stringify([queue, id])));
  return {
    refused: ids('refused').size,
    published: ids('published').size,
    confirmed: confirmed.size,
    returned: returned.size,
    delivered: delivered.size,
    inQueues: inQueues.size,
    lost: lostIds.length,
    deliveredTwice: deliveries.length - once.size,
    lostIds,
  };
}

/**
 * The messages that wait in a vhost's queues, by looking at each and putting it back: they are marked as redelivered
 * from then on, so this comes last. An absent vhost has none; null: it does not run, and nobody can look.
 */
export async function messagesWaiting(access: BrokerAccess, vhost: string): Promise<readonly Waiting[] | null> {
  const listed = await askBroker(access, 'GET', `/api/queues/${seg(vhost)}?columns=name`);
  if (listed.status === 404) return [];
  if (!isRunning((await askBroker(access, 'GET', `/api/vhosts/${seg(vhost)}`)).body)) return null;
  const queues = (listed.body as readonly { readonly name: string }[]).map(({ name }) => name);
  const waiting: Waiting[] = [];
  for (const queue of queues) {
    const got = (await demandOfBroker(access, 'POST', `/api/queues/${seg(vhost)}/${seg(queue)}/get`, {
      count: 1_000_000,
      ackmode: 'ack_requeue_true',
      encoding: 'auto',
      truncate: 1,
    })) as readonly { readonly properties: { readonly message_id?: string } }[];
    for (const { properties } of got) {
      if (properties.message_id !== undefined) waiting.push({ queue, id: properties.message_id });
    }
  }
  return waiting;
}
