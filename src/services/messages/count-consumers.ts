import { Fault } from '../../core/fault.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import { openLink } from './amqp-link.ts';
import { countQueue } from './count-queue.ts';

/**
 * Consumers of the queues as the broker counts them at this moment, by passive declaration. What can't be asked (the
 * vhost lets nobody in, a queue is another connection's own or gone) is absent.
 */
export async function countConsumers(
  access: RabbitAccess,
  vhost: string,
  queues: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (queues.length === 0) return counts;
  try {
    const link = await openLink(access, vhost, 'esr-ops count', { failed: () => undefined });
    try {
      for (const queue of queues) counts.set(queue, (await countQueue(link, queue)).consumers);
    } finally {
      await link.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return counts;
}
