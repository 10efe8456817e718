import type { UserHoldOff, UserRelease } from '../core/change.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

const limit = 'max-connections';

export async function apply(change: UserHoldOff | UserRelease, world: World): Promise<Applied> {
  const wanted = wantedLimit(change);
  if (wanted === null) await world.writers.rabbit.clearUserLimit(change.user, limit);
  else await world.writers.rabbit.setUserLimit(change.user, limit, wanted);
  return { evidence: [], output: {} };
}

export async function verify(change: UserHoldOff | UserRelease, seen: Seen): Promise<Verified> {
  const now = (await seen.readers.rabbit.userLimits(change.user))[limit] ?? null;
  const said = `${limit} of ${change.user} is ${now ?? 'not set'}`;
  return { verdict: now === wantedLimit(change) ? 'applied' : 'not-applied', evidence: [said], output: {} };
}

function wantedLimit(change: UserHoldOff | UserRelease): number | null {
  return change.kind === 'user.hold-off' ? 0 : change.maxConnections;
}
