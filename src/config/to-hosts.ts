import type { HostReach } from '../core/host-machine.ts';
import type { HostFileEntry } from './schema-hosts.ts';
import { toMs } from './to-ms.ts';

/** Milliseconds until a connection must stand, unless the configuration says otherwise. */
const connectTimeoutMs = 15_000;

/** Seconds of silence after which a host is asked whether it is still there. */
const aliveSeconds = 5;

/** The hosts of an environment, with their defaults. `at` makes paths of this machine absolute. */
export function toHosts(
  file: Readonly<Record<string, HostFileEntry>>,
  at: (path: string) => string,
): Readonly<Record<string, HostReach>> {
  return Object.fromEntries(Object.entries(file).map(([name, entry]) => [name, toReach(entry, at)]));
}

function toReach(entry: HostFileEntry, at: (path: string) => string): HostReach {
  if (entry === 'local') return { reach: 'local' };
  if ('through' in entry) return { reach: 'local', through: entry.through };
  return {
    reach: 'ssh',
    ssh: {
      host: entry.address,
      port: entry.port ?? 22,
      user: entry.user ?? null,
      knownHosts: at(entry.knownHosts ?? '~/.ssh/known_hosts'),
      identityFile: entry.identityFile === undefined ? null : at(entry.identityFile),
      jump: entry.jump ?? null,
      connectTimeoutMs: toMs(entry.connectTimeout, connectTimeoutMs),
      aliveSeconds,
      shareIn: null,
    },
  };
}
