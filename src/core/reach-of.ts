import { closest } from './closest.ts';
import { Fault } from './fault.ts';
import type { HostReach } from './host-machine.ts';

/** Name that this machine has in every configuration, without being written down. */
export const localHost = 'local';

/**
 * How a host is reached; null and `local` are this machine.
 *
 * @throws Fault `config.unknown-host` (usage) with the nearest name
 */
export function reachOf(hosts: Readonly<Record<string, HostReach>>, name: string | null): HostReach {
  if (name === null || name === localHost) return { reach: 'local' };
  const found = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (found !== undefined) return found;
  throw new Fault({
    code: 'config.unknown-host',
    message: `The configuration has ${unknownHost(name, Object.keys(hosts))}.`,
    where: name,
    details: { sent: false },
    next: ['esr-ops config check'],
    exit: 'usage',
  });
}

/** `no host …`, what there is, and the nearest: the end of a sentence. */
export function unknownHost(name: string, hosts: readonly string[]): string {
  const near = closest(name, [localHost, ...hosts]);
  return `no host ${JSON.stringify(name)} (there is ${[localHost, ...hosts].join(', ')})${near === null ? '' : `; ${near} is near`}`;
}
