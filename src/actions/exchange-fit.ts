import type { CdcTarget } from '../core/cdc-config.ts';
import type { Blocker } from '../core/plan.ts';
import type { RabbitReader } from '../core/ports.ts';

/**
 * Why CDC could not publish into the vhost: its exchange is missing, is not as CDC declares it, or leads nowhere. Of an
 * absent vhost nothing is said.
 */
export async function exchangeBlockers(
  vhost: string,
  target: Pick<CdcTarget, 'exchange' | 'type' | 'durable'>,
  rabbit: RabbitReader,
): Promise<readonly Blocker[]> {
  if ((await rabbit.status(vhost)).state === 'absent') return [];
  const { exchanges, bindings } = await rabbit.definitions(vhost);
  const exchange = exchanges.find((candidate) => candidate['name'] === target.exchange);
  if (exchange === undefined) {
    return [
      missing(`Exchange ${target.exchange} is not in vhost ${vhost}: CDC would declare its own, which leads nowhere.`),
    ];
  }
  if (exchange['type'] !== target.type || exchange['durable'] !== target.durable) {
    return [
      missing(
        `Exchange ${target.exchange} is not as CDC declares it (${target.type}, durable ${String(target.durable)}): the broker would refuse CDC.`,
      ),
    ];
  }
  if (!bindings.some((binding) => binding['source'] === target.exchange)) {
    return [missing(`Exchange ${target.exchange} has no binding: what CDC publishes would be dropped without a word.`)];
  }
  return [];
}

function missing(message: string): Blocker {
  return { code: 'cdc.exchange', message, items: [], remedies: [] };
}
