import type { BrokerReboot } from '../core/change.ts';
import { isUnreachable } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { RabbitReader } from '../core/ports.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { BrokerOverview } from '../core/vhost.ts';
import { settleLimitMs, until, type Seen, type World } from './world.ts';

export async function apply(_change: BrokerReboot, world: World): Promise<Applied> {
  const overview = await answered(world.readers.rabbit);
  const upMs = Object.fromEntries((overview?.nodes ?? []).map(({ name, uptimeMs }) => [name, uptimeMs]));
  return { ...(await world.writers.broker.reboot()), output: { upMs } };
}

/**
 * Proved by the management API answering again and, on every node that was there before, by another process id or a
 * younger process: in a container a broker gets the same id each time. Right after a start a node says neither yet.
 */
export async function verify(change: BrokerReboot, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const overview = await until<BrokerOverview | null>(
    seen,
    'waiting for the broker to be back',
    output === null ? 30_000 : settleLimitMs,
    () => answered(seen.readers.rabbit),
    (found) => found !== null && rebooted(change, found, output),
  );
  if (overview != null)
    return {
      verdict: 'applied',
      evidence: overview.nodes.map(
        (node) => `node ${node.name} runs as process ${node.osPid}, up for ${Math.round(node.uptimeMs / 1000)} s`,
      ),
      output: {},
    };
  return {
    verdict: 'unknown',
    evidence: ['the broker did not come back with a new process in time: look whether it is about to restart'],
    output: {},
  };
}

async function answered(rabbit: Pick<RabbitReader, 'overview'>): Promise<BrokerOverview | null> {
  try {
    return await rabbit.overview();
  } catch (error) {
    if (isUnreachable(error)) return null;
    throw error;
  }
}

function rebooted({ before }: BrokerReboot, { nodes }: BrokerOverview, output: JsonObject | null): boolean {
  const upMs = (output?.['upMs'] ?? {}) as Readonly<Record<string, number | undefined>>;
  return (
    nodes.length > 0 &&
    nodes.every(
      ({ name, running, osPid, uptimeMs }) =>
        running && osPid !== '' && (before[name] !== osPid || (uptimeMs > 0 && uptimeMs < (upMs[name] ?? 0))),
    )
  );
}
