import type { DrainManifest } from '../../core/drain.ts';
import { headerOf } from '../../core/message.ts';
import { drainedMessage, type DrainedMessage } from './drained-message.ts';
import type { StoredRecord } from './read-item.ts';
import type { RestoreOptions } from './restore-options.ts';
import { scanDrain } from './scan-drain.ts';

/** Which queues a restore publishes into, each through a temporary exchange of its own. */
export interface RestoreTargets {
  /** Names of queues; the place in the list numbers the exchange. */
  readonly queues: readonly string[];
  /** Place of a record's queue in the list; null when the message does not say where it belongs. */
  readonly of: (record: StoredRecord) => number | null;
}

/** Header that RabbitMQ sets on dead letters: the queue in which they died first. */
const firstDeath = 'x-first-death-queue';

/** The targets of a restore: where each message came from, one queue for all, or where each dead letter died first. */
export async function restoreTargets(
  { dir, into, to }: Pick<RestoreOptions, 'dir' | 'into' | 'to'>,
  manifest: DrainManifest,
  chosen: ReadonlySet<number>,
): Promise<RestoreTargets> {
  if (to === 'exchange') return { queues: [], of: () => 0 };
  if (into !== undefined) return { queues: [into], of: () => 0 };
  if (to !== 'death') return { queues: manifest.queues.map((queue) => queue.name), of: (record) => record.queue };
  const places = new Map<string, number>();
  const placeOf = (record: StoredRecord): string | null => {
    const queue = manifest.queues[record.queue];
    return queue === undefined || !chosen.has(record.queue) ? null : deathQueue(drainedMessage(record, queue));
  };
  for await (const records of scanDrain(dir, manifest)) {
    for (const name of records.map(placeOf)) if (name !== null && !places.has(name)) places.set(name, places.size);
  }
  return { queues: [...places.keys()], of: (record) => places.get(placeOf(record) ?? '') ?? null };
}

function deathQueue(message: DrainedMessage): string | null {
  const value = headerOf(message.properties().headers, firstDeath);
  return value?.t === 'S' && value.v.length > 0 ? Buffer.from(value.v).toString('utf8') : null;
}
