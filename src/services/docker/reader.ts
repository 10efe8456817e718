import type { ContainerStatus } from '../../core/container.ts';
import type { DockerSettings } from '../../core/docker-settings.ts';
import { Fault } from '../../core/fault.ts';
import type { CommandResult, HostReader } from '../../core/host-machine.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ContainerInspection, DockerEvent, DockerPlace, DockerReader } from '../../core/ports-docker.ts';
import { readContainer, unknownContainer } from './container-shape.ts';
import { readDaemon } from './daemon.ts';
import { containerName, dockerArgv, dockerFault, hungFault } from './docker-command.ts';
import { readDisk, readZombies } from './host-look.ts';
import { badDockerAnswer, jsonLines, objectOf, textOf } from './json-lines.ts';
import { logLines } from './log-lines.ts';

/** Bytes of one answer. */
const largest = 64 * 2 ** 20;

/** For so long, ms, a daemon that gave no answer in its full time is asked again with less patience. */
const silenceMs = 60_000;

/** Reads of one Docker engine through its client on a host. */
export function createDockerReader(place: DockerPlace, settings: DockerSettings, host: HostReader): DockerReader {
  const name = `docker@${place.host}`;
  const argv = dockerArgv(place, settings);
  const ask = async (words: readonly string[], timeoutMs = settings.answerMs): Promise<CommandResult> => {
    try {
      return await host.run({ reads: argv(words) }, { timeoutMs, maxOutput: largest });
    } catch (error) {
      if (error instanceof Fault && error.problems[0].code === 'host.timeout') throw hungFault(name, timeoutMs);
      throw error;
    }
  };
  /** What was cut off at the limit may lack whole lines, and so whole containers. */
  const whole = ({ stdout, truncated }: CommandResult, what: string): string => {
    if (truncated) throw badDockerAnswer(name, what, `is longer than ${largest / 2 ** 20} MiB`);
    return stdout;
  };
  const must = async (what: string, words: readonly string[]): Promise<string> => {
    const result = await ask(words);
    if (result.exitCode !== 0) throw dockerFault(name, what, result, false);
    return whole(result, what);
  };
  /** One that has gone since it was listed is left out: `inspect` prints the others and ends with 1. */
  const inspect = async (names: readonly string[]): Promise<readonly JsonObject[]> => {
    if (names.length === 0) return [];
    const result = await ask(['inspect', '--type', 'container', '--format', '{{json .}}', '--', ...names]);
    const fault = result.exitCode === 0 ? null : dockerFault(name, 'docker inspect', result, false);
    if (fault !== null && fault.problems[0].code !== 'docker.no-container') throw fault;
    return jsonLines(name, 'docker inspect', whole(result, 'docker inspect'));
  };
  const containerOf = (found: JsonObject): ContainerStatus => readContainer(found, name);
  const listed = async () =>
    jsonLines(name, 'docker ps', await must('docker ps', ['ps', '--all', '--no-trunc', '--format', '{{json .}}'])).map(
      (line) => ({ id: textOf(line['ID']), name: textOf(line['Names']), image: textOf(line['Image']) }),
    );

  let silentSinceMs: number | null = null;
  return {
    name,
    // Each step asks it anew; waiting its full time again each time would cost minutes in which nothing is learnt.
    daemon: async () => {
      const again = silentSinceMs !== null && performance.now() - silentSinceMs < silenceMs;
      const answerMs = again ? Math.min(settings.answerMs, Math.max(1_000, settings.answerMs / 5)) : settings.answerMs;
      const found = await readDaemon(name, answerMs, (words) => ask(words, answerMs));
      if (found.is !== 'hung') silentSinceMs = null;
      else if (!again) silentSinceMs = performance.now();
      return found;
    },
    containers: async () => {
      const all = await listed();
      try {
        return byName((await inspect(all.map(({ id }) => id))).map(containerOf));
      } catch (error) {
        if (!isHung(error) || all.length === 0) throw error;
        // One container that the daemon holds locked keeps the answer for all of them back: asked one by one.
        return byName(
          await eachOf(all, async ({ id, name: called, image }) => {
            try {
              const [found] = await inspect([id]);
              return found === undefined ? null : containerOf(found);
            } catch (one) {
              if (!isHung(one)) throw one;
              return unknownContainer(id, called, image, 'the daemon gives no answer about it');
            }
          }),
        );
      }
    },
    container: async (wanted) => {
      const [found] = await inspect([containerName(wanted)]);
      return found === undefined ? null : containerOf(found);
    },
    inspections: async (wanted): Promise<readonly ContainerInspection[]> =>
      (await inspect(wanted?.map(containerName) ?? (await listed()).map(({ id }) => id))).map((found) => {
        const { id, name: called } = containerOf(found);
        return { id, name: called, inspect: found };
      }),
    logs: async (wanted, { lines, since, signatures }) => {
      const words = [
        'logs',
        '--timestamps',
        '--tail',
        String(lines),
        ...(since === undefined ? [] : ['--since', since]),
      ];
      const result = await ask([...words, '--', containerName(wanted)]);
      if (result.exitCode !== 0) throw dockerFault(name, `docker logs of ${wanted}`, result, false);
      return logLines(result, signatures ?? []).slice(-lines);
    },
    events: async (sinceMs) => {
      // Without an end it would wait for what is to come; in whole seconds it would miss the newest.
      const window = ['--since', (sinceMs / 1000).toFixed(3), '--until', (Date.now() / 1000).toFixed(3)];
      const out = await must('docker events', ['events', ...window, '--format', '{{json .}}']);
      return jsonLines(name, 'docker events', out).map(eventOf);
    },
    zombies: () => readZombies(host),
    disk: (dataRoot) => readDisk(host, dataRoot),
  };
}

function eventOf(line: JsonObject): DockerEvent {
  const { Type: type, Action: action, Actor: actor, timeNano } = line;
  const { ID: id, Attributes: attributes } = objectOf(actor);
  return {
    type: textOf(type),
    action: textOf(action),
    actor: textOf(objectOf(attributes)['name']) || textOf(id),
    // A number that JSON readers round: by less than a microsecond, and times of events are only compared roughly.
    at: typeof timeNano === 'number' && Number.isInteger(timeNano) ? BigInt(timeNano).toString() : '0',
  };
}

function byName(found: readonly (ContainerStatus | null)[]): readonly ContainerStatus[] {
  return found.filter((one) => one !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Four at a time: each may take as long as a hung daemon is waited for. */
async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += 4) done.push(...(await Promise.all(items.slice(at, at + 4).map(work))));
  return done;
}

function isHung(error: unknown): boolean {
  return error instanceof Fault && error.problems[0].code === 'docker.hung';
}
