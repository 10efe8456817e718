import type { Argv, CommandResult } from '../../core/host-machine.ts';
import type { DockerSettings } from '../../core/docker-settings.ts';
import { Fault } from '../../core/fault.ts';
import type { DockerPlace } from '../../core/ports-docker.ts';
import { endOf, lastWords } from '../../core/shortened.ts';

/** Makes argv of the client for some words. With an endpoint no variable and no context chooses another engine. */
export function dockerArgv(place: DockerPlace, settings: DockerSettings): (words: readonly string[]) => Argv {
  const endpoint = place.endpoint ?? settings.endpoint;
  return (words) => [settings.client, ...(endpoint === null ? [] : ['--host', endpoint]), ...words];
}

/** A container's name or id as one argument: never anything that the client could take for an option. */
export function containerName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return name;
  throw new Fault({
    code: 'docker.bad-name',
    message: `${JSON.stringify(name)} can't be the name of a container.`,
    next: ['correct the name; Docker allows letters, digits, dots, dashes and underscores'],
    details: { sent: false },
    exit: 'usage',
  });
}

/** The end of what the client said, without its advice to read its own help. */
function words(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^(See|Run) '.* --help'/.test(line));
  return endOf(telling.slice(-3).join('; '), 500);
}

/** What went wrong, told from the client's words: it ends with 1 whatever it was. `changes`: it could have changed something. */
export function dockerFault(
  where: string,
  what: string,
  { exitCode, stdout, stderr }: CommandResult,
  changes: boolean,
): Fault {
  const said = words(stderr) || words(stdout);
  const known = refusals.find(({ words }) => words.test(stderr));
  if (known === undefined) {
    return new Fault({
      code: 'docker.failed',
      message: `On ${where}: ${what} ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}.`,
      where,
      next: changes ? ['look at the container before it is done again'] : ['try again'],
      details: { sent: changes, exitCode },
      exit: changes ? 'unknown' : 'failed',
    });
  }
  return new Fault({
    code: known.code,
    message: `On ${where}: ${what}: ${known.means} (${said}).`,
    where,
    next: known.next,
    details: { sent: false },
    exit: known.exit,
  });
}

/** Answers of the engine and its client that say that nothing was changed. Seen on 20.10 and on clients up to 28. */
const refusals = [
  {
    words: /permission denied/i,
    code: 'docker.refused',
    means: 'this account may not talk to the Docker daemon',
    next: ["use an account in the group docker, or correct the host's user in the configuration"],
    exit: 'unreachable',
  },
  {
    words: /Cannot connect to the Docker daemon|connection refused|Is the docker daemon running/i,
    code: 'docker.absent',
    means: 'no Docker daemon listens there',
    next: ['esr-ops docker restart'],
    exit: 'unreachable',
  },
  {
    words: /No such (container|object)/i,
    code: 'docker.no-container',
    means: 'there is no such container',
    next: ['correct its name in the configuration, or look at docker ps --all'],
    exit: 'failed',
  },
  {
    words: /marked for removal and cannot be started/i,
    code: 'docker.gone',
    means: 'it is dead or being removed, and can never be started again',
    next: ['esr-ops docker restart'],
    exit: 'failed',
  },
  {
    words: /removal of container \S+ is already in progress/i,
    code: 'docker.removing',
    means: 'its removal is stuck',
    next: ['esr-ops docker restart'],
    exit: 'failed',
  },
  {
    words: /is already in use by container/i,
    code: 'docker.name-taken',
    means: 'another container has that name',
    next: ['look at docker ps --all'],
    exit: 'failed',
  },
  {
    words: /cannot remove a (running|paused|restarting) container/i,
    code: 'docker.runs',
    means: 'it runs',
    next: ['look at docker ps --all'],
    exit: 'failed',
  },
] as const;

/** The Fault of a daemon that took the question and gave no answer. */
export function hungFault(where: string, answerMs: number): Fault {
  return new Fault({
    code: 'docker.hung',
    message: `The Docker daemon of ${where} gave no answer within ${Math.round(answerMs / 1000)} s.`,
    where,
    next: ['esr-ops docker restart'],
    details: { sent: false },
    exit: 'unreachable',
  });
}

/** The Fault of a daemon's restart that said no: some of it may have happened all the same. */
export function restartFault(where: string, what: string, result: CommandResult): Fault {
  const { exitCode } = result;
  const said = lastWords(result);
  return new Fault({
    code: 'docker.restart-failed',
    message: `On ${where}: ${what} ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}.`,
    where,
    next: ['look at the daemon on its host: journalctl --unit docker'],
    details: { sent: true, exitCode },
    exit: 'unknown',
  });
}
