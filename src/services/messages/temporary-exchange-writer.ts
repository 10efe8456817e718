import type { DrainManifest } from '../../core/drain.ts';
import type { AmqpLink } from './amqp-link.ts';
import { long, method, octet, short, shortText } from './frames.ts';

/** Name of the exchange through which a drain's messages get back into one queue. */
export function restoreExchange(manifest: DrainManifest, queue: number): string {
  return `esr-ops.restore.${manifest.id.slice(0, 8)}.${queue}`;
}

/**
 * Makes the exchange (fanout, so that the routing key decides nothing and is kept; auto-delete; gone with a restart of
 * the broker) and binds it to the one queue. What an earlier, killed session left of it is used again.
 */
export async function makeRestoreExchange(
  link: AmqpLink,
  manifest: DrainManifest,
  queue: number,
  to: string,
): Promise<void> {
  const name = restoreExchange(manifest, queue);
  const autoDelete = 4;
  await link.call(
    method.exchangeDeclare,
    method.exchangeDeclareOk,
    ...[short(0), shortText(name), shortText('fanout'), octet(autoDelete), long(0)],
  );
  await link.call(
    method.queueBind,
    method.queueBindOk,
    ...[short(0), shortText(to), shortText(name), shortText(''), octet(0), long(0)],
  );
}

/** Deletes the exchange with its binding; one that is not there is fine. */
export async function dropRestoreExchange(link: AmqpLink, manifest: DrainManifest, queue: number): Promise<void> {
  const name = restoreExchange(manifest, queue);
  await link.call(method.exchangeDelete, method.exchangeDeleteOk, short(0), shortText(name), octet(0));
}
