import { z } from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Change } from '../core/change.ts';

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
  plan: async ({ vhost }, { readers: { rabbit } }) => {
    const status = await rabbit.status(vhost);
    if (status.state === 'absent') return { ...nothing, unchanged: [`vhost ${vhost} is absent: nobody is in it`] };
    const [me, permissions, connections] = await Promise.all([
      rabbit.whoami(),
      rabbit.permissions(vhost),
      rabbit.connections(vhost),
    ]);
    const others = permissions.filter((permission) => permission.user !== me.name);
    const changes: Change[] = [];
    const notes: string[] = [];
    const sharing = connections.filter((connection) => connection.user === me.name);
    if (sharing.length > 0) {
      const was = (await rabbit.userLimits(me.name))['max-connections'] ?? null;
      if (was !== 0) changes.push({ kind: 'user.hold-off', vhost, user: me.name, was });
      notes.push(
        `${sharing.length} connection(s) use this tool's own user ${me.name}: ${sharing.map((connection) => connection.clientName || connection.name).join(', ')}. They are held off by max-connections = 0, on every vhost.`,
      );
    }
    changes.push(...others.map((was): Change => ({ kind: 'permission.withdraw', vhost, was })));
    const inside = [...new Set(connections.map((connection) => connection.user))];
    const users = [...new Set([...others.map((permission) => permission.user), ...inside])].sort();
    if (users.length > 0) changes.push({ kind: 'connections.close', vhost, users });
    if (changes.length === 0)
      return { ...nothing, unchanged: [`nobody but ${me.name} has permissions on vhost ${vhost}`] };
    return { ...nothing, changes, notes };
  },
};
