import { textOf } from '../../core/json.ts';
import type { CdcReaders } from '../../core/ports-cdc.ts';
import { known, unknown, vhostOf, type FactSource } from './source.ts';

/** Longer than Maxwell's own interval, ms: a heartbeat that stands still for so long is nobody's. */
const stillMs = 11_000;

/** Facts of CDC. */
export const cdcFacts: readonly FactSource[] = [
  {
    name: 'cdc.process',
    type: 'string',
    values: ['running', 'stopped', 'unknown', 'none'],
    help: 'whether the process of CDC runs; none where it is not controlled from here',
    decides: true,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return known('none');
      const { is, evidence } = await cdc.process.status();
      return known(is, evidence.join('; '));
    },
  },
  {
    name: 'cdc.position',
    type: 'string',
    values: ['stored', 'lost', 'purged', 'none'],
    help: "Maxwell's stored position: lost when it has no row for this server, purged when its file is gone",
    decides: true,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return known('none');
      const { stored, positionReadable } = await cdc.maxwell.status();
      return known(stored === null ? 'lost' : positionReadable ? 'stored' : 'purged');
    },
  },
  {
    name: 'cdc.lag',
    type: 'int',
    help: 'seconds that CDC, which runs, is behind at most; unknown while it is stopped or has read no heartbeat back',
    decides: false,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return unknown('CDC is not controlled from here');
      const alive = await aliveness(cdc);
      if ('dead' in alive) return unknown(alive.dead);
      const { lagMs, nowMs } = await cdc.maxwell.status();
      if (lagMs === null) return unknown('Maxwell has read no heartbeat back yet');
      const seconds = Math.max(0, Math.round(lagMs / 1000));
      const heartbeat = new Date(nowMs - lagMs).toISOString().slice(0, 19);
      return {
        known: true,
        value: seconds,
        asOf: `its heartbeat of ${heartbeat}Z, ${seconds} s old when it was looked at; ${alive.seen}`,
      };
    },
  },
  {
    name: 'cdc.vhost',
    type: 'string',
    help: 'the vhost that the configuration of CDC names; empty where it is not controlled from here',
    decides: true,
    read: async (scope) => known(scope.readers.cdc === null ? '' : (await scope.readers.cdc.target()).vhost),
  },
  {
    name: 'cdc.repointed',
    type: 'bool',
    help: 'whether the configuration of CDC itself says vhost, user and host as asked for, and it is connected there only',
    decides: true,
    read: async (scope) => {
      const { cdc, rabbit } = scope.readers;
      if (cdc === null) return known(false);
      const vhost = vhostOf(scope);
      const given = (name: string): string | null => (scope.inputs[name] == null ? null : textOf(scope.inputs[name]));
      const { changed, then } = await cdc.edit({ vhost, user: given('user'), host: given('host') });
      if (changed.length > 0) return known(false, `it does not say ${changed.join(', ')} so`);
      const vhosts = await rabbit.vhosts();
      const connections = (await Promise.all(vhosts.map((name) => rabbit.connections(name)))).flat();
      const places = [...new Set(connections.filter(({ user }) => user === then.user).map((one) => one.vhost))];
      return known(places.length === 1 && places[0] === vhost, `connected to ${places.join(', ')}`);
    },
  },
  {
    name: 'cdc.routed',
    type: 'int',
    help: 'messages that CDC has published into the vhost since it connected, and that a binding took to a queue',
    decides: false,
    read: async (scope) => {
      const { cdc, rabbit } = scope.readers;
      if (cdc === null) return unknown('CDC is not controlled from here');
      const { user } = await cdc.target();
      const own = (await rabbit.publishes(vhostOf(scope))).filter((channel) => channel.user === user);
      if (own.length === 0) return unknown(`the broker lists no channel of ${user} yet`);
      return known(own.reduce((sum, { published, unroutable }) => sum + published - unroutable, 0));
    },
  },
];

/**
 * A heartbeat that was read back stays young for as long as a lag may be, also when CDC died right after: whether it
 * lives is asked of its process, and where that can't be known, of whether its heartbeat moves.
 */
async function aliveness({ process, maxwell }: CdcReaders): Promise<{ seen: string } | { dead: string }> {
  const { is, evidence } = await process.status();
  const said = evidence.join('; ');
  if (is === 'running') return { seen: 'its process runs' };
  if (is === 'stopped') return { dead: `its process is stopped (${said})` };
  const sample = await maxwell.sample(stillMs);
  if (sample.moved) return { seen: 'its heartbeat moves' };
  const seconds = Math.round(sample.watchedMs / 1000);
  return { dead: `whether its process runs is not known (${said}), and its heartbeat stood still for ${seconds} s` };
}
