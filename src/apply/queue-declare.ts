import type { QueueDeclare } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

export async function apply(change: QueueDeclare, world: World): Promise<Applied> {
  await world.writers.messages.declareQueue(change.vhost, change.queue);
  return { evidence: [], output: {} };
}

export async function verify(change: QueueDeclare, seen: Seen): Promise<Verified> {
  const queues = await seen.readers.messages.queues(change.vhost);
  return queues.some((queue) => queue.name === change.queue)
    ? { verdict: 'applied', evidence: [`queue ${change.queue} is there`], output: {} }
    : { verdict: 'not-applied', evidence: [`queue ${change.queue} is not there`], output: {} };
}
