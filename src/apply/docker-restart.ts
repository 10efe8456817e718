import type { ContainerBefore, DockerRestart } from '../core/change-docker.ts';
import type { ContainerStatus } from '../core/container.ts';
import { dockerOf } from '../core/docker-settings.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { orUnreached, until, type Seen, type World } from './world.ts';

/** How long containers may take to be started again by their policy once the daemon answers, ms. */
const policyLimitMs = 60_000;

export async function apply(change: DockerRestart, world: World): Promise<Applied> {
  return { ...(await world.writers.docker(change).restartDaemon()), output: {} };
}

/**
 * Proved by the daemon's answer and by its containers: those that it stopped have another start, or run no more. What
 * became of each is said, also of those that it was not expected of.
 */
export async function verify(change: DockerRestart, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const docker = seen.readers.docker(change);
  const { restartLimitMs } = dockerOf(seen.environment.docker, change.host);
  const daemon = await until(
    seen,
    'waiting for the Docker daemon',
    output === null ? 30_000 : restartLimitMs,
    () => orUnreached(() => docker.daemon()),
    (found) => found?.is === 'up',
  );
  if (daemon === null) {
    const { is } = await docker.daemon();
    // Still hung as it was: a restart that had been carried out would have ended that.
    const verdict = is === 'hung' && output === null ? 'not-applied' : 'unknown';
    return { verdict, evidence: [`the Docker daemon of ${change.host} is ${is}`], output: {} };
  }
  const { before } = change;
  if (before === null) {
    return { verdict: 'applied', evidence: [`the Docker daemon of ${change.host} answers`], output: {} };
  }
  const now = await settled(before, seen, () => docker.containers());
  const stopped = before.filter(({ fate }) => fate !== 'stays' && fate !== 'keeps-running' && fate !== 'is-started');
  const changed = stopped.filter((one) => isAnother(one, now.get(one.name)));
  const evidence = [
    `the Docker daemon of ${change.host} answers`,
    ...before.flatMap((one) => difference(one, now.get(one.name))),
    ...[...now.values()]
      .filter(({ name }) => !before.some((one) => one.name === name))
      .map(({ name }) => `${name} is new`),
  ];
  return { verdict: verdictOf(stopped.length, changed.length, output !== null), evidence, output: {} };
}

function verdictOf(stopped: number, changed: number, commandEnded: boolean): Verified['verdict'] {
  if (stopped > 0 && changed === 0) return 'not-applied';
  // What would have shown a restart half-way, or not at all, is only known to whoever saw the command end.
  return commandEnded || (stopped > 0 && changed === stopped) ? 'applied' : 'unknown';
}

async function settled(
  before: readonly ContainerBefore[],
  seen: Seen,
  read: () => Promise<readonly ContainerStatus[]>,
): Promise<ReadonlyMap<string, ContainerStatus>> {
  const byName = async () => new Map((await read()).map((one) => [one.name, one]));
  const back = (now: ReadonlyMap<string, ContainerStatus> | null): boolean =>
    now !== null && before.every(({ name, fate }) => fate !== 'comes-back' || now.get(name)?.state === 'running');
  const look = () => orUnreached(byName);
  return (await until(seen, 'waiting for containers that come back', policyLimitMs, look, back)) ?? (await byName());
}

function isAnother(before: ContainerBefore, now: ContainerStatus | undefined): boolean {
  return now?.id !== before.id || now.state !== before.state || now.startedAt !== before.startedAt;
}

/** What became of one container, where that is worth a line. */
function difference(before: ContainerBefore, now: ContainerStatus | undefined): readonly string[] {
  const { name, state, fate } = before;
  if (now === undefined) return [`${name}: was ${state}, is gone`];
  if (!isAnother(before, now))
    return fate === 'stays' || fate === 'keeps-running' ? [] : [`${name}: is ${state} as before`];
  const again =
    now.state === 'running' && state === 'running' ? 'was restarted and runs' : `was ${state}, is ${now.state}`;
  const unhoped =
    fate === 'comes-back' && now.state !== 'running' ? ', although its policy should have started it' : '';
  return [`${name}: ${again}${unhoped}`];
}
