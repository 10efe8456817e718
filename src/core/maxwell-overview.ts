import type { CdcTarget } from './cdc-config.ts';
import type { CdcProcess } from './cdc-ports.ts';
import type { Problem } from './fault.ts';
import type { MaxwellStatus } from './maxwell-status.ts';
import type { VhostConnection } from './vhost.ts';

/** All that can be seen of CDC from outside. A part that could not be read is null, and `problems` says why. */
export interface MaxwellOverview {
  /** Environment of the configuration. */
  readonly environment: string;
  /** The vhost that the environment's interface lives in. */
  readonly vhost: string;
  /** What the database tells. */
  readonly status: MaxwellStatus | null;
  readonly process: CdcProcess | null;
  /** Where its configuration makes it publish. */
  readonly target: CdcTarget | null;
  /** Connections of its broker user, in every vhost. */
  readonly connections: readonly VhostConnection[] | null;
  /** Newest lines of its log, oldest first. */
  readonly log: readonly string[] | null;
  readonly problems: readonly Problem[];
}

/** Longest lag that is no finding, ms. */
export const mostLagMs = 60_000;

/** What is wrong with CDC, worst first: whole sentences. Empty when nothing is. */
export function maxwellFindings(overview: MaxwellOverview): readonly string[] {
  const { status, process, target, vhost } = overview;
  return [
    ...processFindings(process, status),
    ...(status === null ? [] : positionFindings(status)),
    ...(target === null || target.vhost === vhost
      ? []
      : [
          `Its configuration makes it publish into vhost ${JSON.stringify(target.vhost)}, not ${JSON.stringify(vhost)}.`,
        ]),
    ...connectionFindings(overview),
    ...overview.problems.map(({ message }) => `Could not be seen: ${message}`),
  ];
}

function processFindings(process: CdcProcess | null, status: MaxwellStatus | null): readonly string[] {
  const looks = status?.looks ?? null;
  const age = Math.round((status?.heartbeatAgeMs ?? 0) / 1000);
  if (process?.is === 'stopped')
    return [
      looks === 'alive'
        ? `Its process is stopped, and yet its heartbeat is ${age} s old: it was stopped just now, or another Maxwell with its client id runs.`
        : 'Its process is stopped.',
    ];
  const unclear = process?.is === 'unknown' ? ['Whether its process runs is not known.'] : [];
  if (looks === 'quiet') return [...unclear, `It writes no heartbeats: the last one is ${age} s old.`];
  if (looks === 'never-seen') return [...unclear, 'No heartbeat of its client id was ever written on this server.'];
  return unclear;
}

function positionFindings(status: MaxwellStatus): readonly string[] {
  const { stored, storedElsewhere, serverId, lagMs } = status;
  const [elsewhere] = storedElsewhere;
  if (stored === null)
    return [
      elsewhere === undefined
        ? 'It has no stored position: started, it would begin at the end of the log and leave out what lies between.'
        : `Its position is stored for server id ${elsewhere.serverId}, and this server's is ${serverId}: started, it would begin at the end of the log.`,
    ];
  return [
    ...(stored.position !== null && !status.positionReadable
      ? [`The file of its stored position, ${stored.position.file}, was purged: it can't go on from there.`]
      : []),
    ...(lagMs !== null && lagMs > mostLagMs ? [`It is ${Math.round(lagMs / 1000)} s behind.`] : []),
  ];
}

function connectionFindings({ connections, target, vhost }: MaxwellOverview): readonly string[] {
  if (connections === null || target === null) return [];
  const elsewhere = [...new Set(connections.filter((one) => one.vhost !== vhost).map((one) => one.vhost))];
  return [
    ...(connections.some((one) => one.vhost === vhost)
      ? []
      : [`Its user ${target.user} has no connection to vhost ${vhost} on the broker.`]),
    ...elsewhere.map((other) => `Its user ${target.user} is connected to vhost ${JSON.stringify(other)}.`),
  ];
}
