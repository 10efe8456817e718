import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueDepth } from '../../core/vhost.ts';
import type * as z from 'zod';
import type { depthsPageShape } from './broker-shapes.ts';

type Page = z.output<typeof depthsPageShape>;

/** The largest page that RabbitMQ serves is 500. */
const pageSize = 500;

/** Far more than any broker holds. */
const mostQueues = 1_000_000;

/** What {@link readDepths} asks the broker for. */
export interface DepthSource {
  page(page: number, pageSize: number): Promise<Page>;
  /** Name of the queue of each consumer in the vhost. */
  consumers(): Promise<readonly string[]>;
}

/**
 * Depths of all queues, page by page. A queue that the broker's statistics do not know yet has no numbers: it is
 * waited for, as statistics come every five seconds. Null when they still don't come (collection may be switched off):
 * the depths are then unknown. Quorum queues never report a number of consumers in RabbitMQ 3.10; theirs are counted
 * in the list of consumers.
 */
export async function readDepths(source: DepthSource, patienceMs = 7_000): Promise<readonly QueueDepth[] | null> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const depths = await readAll(source);
    if (depths !== null) return depths;
    if (Date.now() > until) return null;
    await sleep(500);
  }
}

async function readAll(source: DepthSource): Promise<readonly QueueDepth[] | null> {
  const depths = new Map<string, QueueDepth>();
  let listed: readonly string[] | undefined;
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const { page_count, items } = await source.page(page, pageSize);
    pages = page_count;
    const known = depths.size;
    for (const { name, messages, messages_ready: ready, messages_unacknowledged: unacknowledged, ...rest } of items) {
      if (messages === undefined || ready === undefined || unacknowledged === undefined) return null;
      const counted = rest.consumers ?? (listed ??= await source.consumers()).filter((queue) => queue === name).length;
      depths.set(name, { queue: name, messages, ready, unacknowledged, consumers: counted });
    }
    // More pages are promised than there are queues: what is there is not known, and asking on might never end.
    if (page < pages && (depths.size === known || depths.size > mostQueues)) return null;
  }
  return [...depths.values()].sort((a, b) => (a.queue < b.queue ? -1 : 1));
}
