import type { ActionContext } from '../core/action.ts';
import type { CdcTarget } from '../core/cdc-config.ts';
import { textOf } from '../core/json.ts';

/**
 * Whether all that CDC published has been consumed, as far as the broker can tell: this run has stopped CDC, it did
 * nothing to the vhost, and every queue that the exchange leads to is empty. False where that is not certain. What was
 * lost before this run began is not known here.
 */
export async function allConsumed(target: CdcTarget, { made, readers }: ActionContext): Promise<boolean> {
  if (!made.some((change) => change.kind === 'cdc.stop')) return false;
  if (made.some((change) => /^(vhost|broker)\./.test(change.kind))) return false;
  // What went into another vhost was published, and nobody here has it.
  if (made.some((change) => change.kind === 'cdc.repoint' && change.from.vhost !== change.to.vhost)) return false;
  const { vhost, exchange } = target;
  if ((await readers.rabbit.status(vhost)).state !== 'running') return false;
  const { bindings } = await readers.rabbit.definitions(vhost);
  const from = bindings.filter((binding) => binding['source'] === exchange);
  // Through another exchange it may lead anywhere.
  if (from.length === 0 || from.some((binding) => binding['destination_type'] !== 'queue')) return false;
  const depths = new Map((await readers.rabbit.depths(vhost))?.map(({ queue, messages }) => [queue, messages]));
  return from.every((binding) => depths.get(textOf(binding['destination'] ?? null)) === 0);
}
