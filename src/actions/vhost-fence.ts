import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { heldOff } from '../core/fenced-out.ts';
import { lastGood } from '../core/last-good.ts';
import type { CaptureReader } from '../core/ports.ts';
import type { VhostConnection } from '../core/vhost.ts';

const schema = z.object({ vhost: z.string() });

/**
 * Keeps everybody else out of the vhost: their permissions are withdrawn and their connections closed. A service
 * that logs in as the tool's own user can't be kept out that way; it is held off by a user limit.
 */
export const vhostFence: Action<z.infer<typeof schema>> = {
  verb: 'vhost.fence',
  help: "withdraw the other users' permissions on the vhost and close their connections",
  args: { vhost: 'string' },
  affects: ['vhost.consumers', 'vhost.permissions'],
  reads: ['vhost.permissions'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ vhost }, { readers: { rabbit, captures, runs } }) => {
    const [status, me] = await Promise.all([rabbit.status(vhost), rabbit.whoami()]);
    const [permissions, connections] =
      status.state === 'absent' ? [[], []] : await Promise.all([rabbit.permissions(vhost), rabbit.connections(vhost)]);
    const others = permissions.filter((permission) => permission.user !== me.name);
    const changes: Change[] = [];
    const notes: string[] = [];
    const sharing = await sharingWith(me.name, connections, status.state === 'running' ? null : captures, vhost);
    if (sharing !== null) {
      const now = (await rabbit.userLimits(me.name))['max-connections'] ?? null;
      const before = now === 0 ? heldOff(await runs.list(), me.name) : now;
      if (before !== undefined) changes.push({ kind: 'user.hold-off', vhost, user: me.name, was: before });
      notes.push(`${sharing}. Its services are held off by max-connections = 0, on every vhost.`);
    }
    changes.push(...others.map((was): Change => ({ kind: 'permission.withdraw', vhost, was })));
    const inside = [...new Set(connections.map((connection) => connection.user))];
    const users = [...new Set([...others.map((permission) => permission.user), ...inside])].sort();
    if (users.length > 0) changes.push({ kind: 'connections.close', vhost, users });
    if (changes.length > 0) return { ...nothing, changes, notes };
    const nobody =
      status.state === 'absent'
        ? `vhost ${vhost} is absent: nobody is in it`
        : `nobody but ${me.name} has permissions on vhost ${vhost}`;
    return { ...nothing, notes, unchanged: [nobody] };
  },
};

/**
 * How it is known that services use the tool's own account, or null. Into a vhost that isn't running nobody is
 * connected, and yet they come back the moment it exists: then the last capture of it running tells.
 */
async function sharingWith(
  me: string,
  connections: readonly VhostConnection[],
  captures: CaptureReader | null,
  vhost: string,
): Promise<string | null> {
  const mine = connections.filter((connection) => connection.user === me);
  if (mine.length > 0) return `${mine.length} connection(s) use this tool's own user ${me}: ${named(mine)}`;
  const good = captures === null ? null : await lastGood(captures, vhost, 'running');
  const were = good?.snapshot.connections.filter((connection) => connection.user === me) ?? [];
  if (good === null || were.length === 0) return null;
  return `${were.length} connection(s) used this tool's own user ${me} in capture ${good.manifest.id}: ${named(were)}`;
}

function named(connections: readonly VhostConnection[]): string {
  return connections.map((connection) => connection.clientName || connection.name).join(', ');
}
