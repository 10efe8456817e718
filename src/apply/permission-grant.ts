import type { PermissionGrant } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

export async function apply(change: PermissionGrant, world: World): Promise<Applied> {
  const { user } = change.permission;
  for (const topic of change.topics) await world.writers.rabbit.setTopicPermission(change.vhost, { user, ...topic });
  await world.writers.rabbit.setPermission(change.vhost, change.permission);
  return { evidence: [], output: {} };
}

export async function verify(change: PermissionGrant, seen: Seen): Promise<Verified> {
  const { user, configure, write, read } = change.permission;
  const [permissions, topics] = await Promise.all([
    seen.readers.rabbit.permissions(change.vhost),
    seen.readers.rabbit.topicPermissions(change.vhost),
  ]);
  const has = permissions.some(
    (now) => now.user === user && now.configure === configure && now.write === write && now.read === read,
  );
  const hasTopics = change.topics.every((topic) =>
    topics.some(
      (now) =>
        now.user === user && now.exchange === topic.exchange && now.write === topic.write && now.read === topic.read,
    ),
  );
  return has && hasTopics
    ? { verdict: 'applied', evidence: [`${user} has its permission on ${change.vhost} back`], output: {} }
    : { verdict: 'not-applied', evidence: [`${user} does not have its permission on ${change.vhost}`], output: {} };
}
