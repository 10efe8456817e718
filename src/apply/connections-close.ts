import type { ConnectionsClose } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import { until, type Seen, type World } from './world.ts';

/** The broker's list of connections runs some seconds behind, so it is asked again until it is empty. */
const limitMs = 30_000;

export async function apply(change: ConnectionsClose, world: World): Promise<Applied> {
  const closed = new Set<string>();
  await until(
    world,
    `closing connections to ${change.vhost}`,
    limitMs,
    async () => {
      const open = await theirs(change, world);
      for (const connection of open) {
        if (closed.has(connection.name)) continue;
        await world.writers.rabbit.closeConnection(connection.name, 'esr-ops is recovering this vhost');
        closed.add(connection.name);
      }
      return open;
    },
    (open) => open.length === 0,
  );
  return { evidence: [`${closed.size} connection(s) closed`], output: { closed: closed.size } };
}

export async function verify(change: ConnectionsClose, seen: Seen): Promise<Verified> {
  const open = await theirs(change, seen);
  return open.length === 0
    ? { verdict: 'applied', evidence: [`no connection of ${change.users.join(', ')} to ${change.vhost}`], output: {} }
    : {
        verdict: 'not-applied',
        evidence: open.map((connection) => `still connected: ${connection.user} ${connection.name}`),
        output: {},
      };
}

async function theirs(change: ConnectionsClose, seen: Seen) {
  const connections = await seen.readers.rabbit.connections(change.vhost);
  return connections.filter((connection) => change.users.includes(connection.user));
}
