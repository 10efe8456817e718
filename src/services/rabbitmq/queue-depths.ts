import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueDepth } from '../../core/vhost.ts';
import type { z } from 'zod';
import type { depthsPageShape } from './broker-shapes.ts';

type Page = z.output<typeof depthsPageShape>;

/** The largest page that RabbitMQ serves is 500. */
const pageSize = 500;

/**
 * Depths of all queues, page by page. A queue that the broker's statistics do not know yet has no numbers: it is
 * waited for, as statistics come every five seconds. Null when they still don't come (collection may be switched off):
 * the depths are then unknown.
 */
export async function readDepths(
  read: (page: number, pageSize: number) => Promise<Page>,
  patienceMs = 7_000,
): Promise<readonly QueueDepth[] | null> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const depths = await readAll(read);
    if (depths !== null) return depths;
    if (Date.now() > until) return null;
    await sleep(500);
  }
}

async function readAll(read: (page: number, pageSize: number) => Promise<Page>): Promise<readonly QueueDepth[] | null> {
  const depths = new Map<string, QueueDepth>();
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const { page_count, items } = await read(page, pageSize);
    pages = page_count;
    for (const { name, messages, messages_ready: ready, messages_unacknowledged: unacknowledged, consumers } of items) {
      if (messages === undefined || ready === undefined || unacknowledged === undefined || consumers === undefined) {
        return null;
      }
      depths.set(name, { queue: name, messages, ready, unacknowledged, consumers });
    }
  }
  return [...depths.values()].sort((a, b) => (a.queue < b.queue ? -1 : 1));
}
