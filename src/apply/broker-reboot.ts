import type { BrokerReboot } from '../core/change.ts';
import { isUnreachable } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { BrokerOverview } from '../core/vhost.ts';
import { settleLimitMs, until, type Seen, type World } from './world.ts';

export async function apply(_change: BrokerReboot, world: World): Promise<Applied> {
  return { ...(await world.writers.broker.reboot()), output: {} };
}

/** Proved by other process ids on every node that was there before, and by the management API answering again. */
export async function verify(change: BrokerReboot, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const overview = await until<BrokerOverview | null>(
    seen,
    'waiting for the broker to be back',
    output === null ? 30_000 : settleLimitMs,
    () =>
      seen.readers.rabbit.overview().catch((error: unknown) => {
        if (isUnreachable(error)) return null;
        throw error;
      }),
    (found) => found !== null && rebooted(change, found),
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

function rebooted(change: BrokerReboot, overview: BrokerOverview): boolean {
  return (
    overview.nodes.length > 0 && overview.nodes.every((node) => node.running && change.before[node.name] !== node.osPid)
  );
}
