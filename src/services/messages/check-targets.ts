import { Fault } from '../../core/fault.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import { openLink } from './amqp-link.ts';
import { countQueue } from './count-queue.ts';
import { readManifest } from './manifest-reader.ts';
import { restoreTargets } from './restore-targets.ts';

/**
 * Refuses dead letters that would have no queue to go back to. They are on disk, and none is acknowledged yet: what is
 * refused is in its queue again.
 */
export async function checkTargets(access: RabbitAccess, vhost: string, dir: string): Promise<void> {
  const manifest = await readManifest(dir);
  const { queues } = await restoreTargets({ dir, to: 'death' }, manifest, new Set(manifest.queues.keys()));
  const missing: string[] = [];
  for (const queue of queues) if (!(await isThere(access, vhost, queue))) missing.push(queue);
  if (missing.length === 0) return;
  throw new Fault({
    code: 'drain.no-death-queue',
    message: `These dead letters died in queues that vhost ${vhost} does not have: ${missing.join(', ')}. Nothing was acknowledged: all are in their queue, marked as redelivered.`,
    exit: 'blocked',
    details: { missing },
    next: [`declare ${missing.join(', ')}`],
  });
}

/** A passive declaration that is refused closes the channel: each queue is asked for over a connection of its own. */
async function isThere(access: RabbitAccess, vhost: string, queue: string): Promise<boolean> {
  const link = await openLink(access, vhost, 'esr-ops count', { failed: () => undefined });
  try {
    await countQueue(link, queue);
    return true;
  } catch (error) {
    const details = error instanceof Fault ? error.problems[0].details : null;
    if (details !== null && typeof details === 'object' && 'code' in details && details['code'] === 404) return false;
    throw error;
  } finally {
    await link.close();
  }
}
