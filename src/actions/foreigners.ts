import type { ExpectedVhost } from '../core/environment.ts';
import { textOf } from '../core/json.ts';
import type { VhostSnapshot } from '../core/vhost.ts';

/**
 * Who lives in the vhost without belonging there: queues outside the expected prefixes, users with a permission
 * and connections of users that are not expected. Deleting the vhost would take them along. Each item is named
 * `queue:NAME`, `user:NAME` or `connection:USER`, as `--foreign` wants it.
 */
export function foreigners(snapshot: VhostSnapshot, expected: ExpectedVhost, me: string): readonly string[] {
  const queues = snapshot.definitions.queues.map((queue) => textOf(queue['name']));
  const strangeQueues =
    expected.queuePrefixes.length === 0
      ? []
      : queues.filter((queue) => !expected.queuePrefixes.some((prefix) => queue.startsWith(prefix)));
  const belongs = (user: string) =>
    user === me || expected.users.length === 0 || expected.users.some((pattern) => matches(pattern, user));
  const users = snapshot.permissions.map((permission) => permission.user).filter((user) => !belongs(user));
  const connected = snapshot.connections
    .map((connection) => connection.user)
    .filter((user) => !belongs(user) && !users.includes(user));
  return [
    ...strangeQueues.map((queue) => `queue:${queue}`),
    ...users.map((user) => `user:${user}`),
    ...[...new Set(connected)].map((user) => `connection:${user}`),
  ].sort();
}

function matches(pattern: string, user: string): boolean {
  return pattern.endsWith('*') ? user.startsWith(pattern.slice(0, -1)) : user === pattern;
}
