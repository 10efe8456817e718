import type { ContainerRemove } from '../core/change-docker.ts';
import { Fault } from '../core/fault.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Looked at once more just before: only the very container that was agreed to, and only while it does not run. */
export async function apply(change: ContainerRemove, world: World): Promise<Applied> {
  const found = await world.readers.docker(change).container(change.id);
  if (found !== null && found.state !== change.state) {
    throw new Fault({
      code: 'container.changed',
      message: `Container ${change.name} was ${change.state} when this was agreed to, and is ${found.state} now. It was not removed.`,
      where: change.name,
      details: { sent: false },
      exit: 'stale',
    });
  }
  return { ...(await world.writers.docker(change).remove(change.id)), output: {} };
}

export async function verify(change: ContainerRemove, seen: Seen): Promise<Verified> {
  const found = await seen.readers.docker(change).container(change.id);
  if (found === null) return { verdict: 'applied', evidence: [`container ${change.name} is gone`], output: {} };
  return {
    verdict: found.state === 'removing' ? 'unknown' : 'not-applied',
    evidence: [`container ${change.name} is ${found.state}${found.error === '' ? '' : `: ${found.error}`}`],
    output: {},
  };
}
