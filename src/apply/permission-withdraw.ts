import type { PermissionWithdraw } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

export async function apply(change: PermissionWithdraw, world: World): Promise<Applied> {
  await world.writers.rabbit.clearPermission(change.vhost, change.was.user);
  return { evidence: [], output: {} };
}

export async function verify(change: PermissionWithdraw, seen: Seen): Promise<Verified> {
  const permissions = await seen.readers.rabbit.permissions(change.vhost);
  const still = permissions.some((permission) => permission.user === change.was.user);
  return still
    ? { verdict: 'not-applied', evidence: [`${change.was.user} still has a permission on ${change.vhost}`], output: {} }
    : { verdict: 'applied', evidence: [`${change.was.user} has no permission on ${change.vhost}`], output: {} };
}
