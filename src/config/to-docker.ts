import { isAbsolute } from 'node:path';
import { dockerDefaults, type DockerSettings } from '../core/docker-settings.ts';
import type { Argv } from '../core/host-machine.ts';
import { localHost } from '../core/reach-of.ts';
import type { DockerFileEntry } from './schema-docker.ts';
import { toMs } from './to-ms.ts';

/** The engines of an environment, with their defaults. `at` makes paths of this machine absolute. */
export function toDocker(
  file: Readonly<Record<string, DockerFileEntry>>,
  at: (path: string) => string,
): Readonly<Record<string, DockerSettings>> {
  return Object.fromEntries(Object.entries(file).map(([host, entry]) => [host, toEngine(host, entry, at)]));
}

function toEngine(host: string, entry: DockerFileEntry, at: (path: string) => string): DockerSettings {
  const program = (name: string): string =>
    host === localHost && name.includes('/') && !isAbsolute(name) ? at(name) : name;
  const argv = ([first, ...rest]: [string, ...string[]]): Argv => [program(first), ...rest];
  return {
    endpoint: entry.endpoint ?? dockerDefaults.endpoint,
    client: entry.client === undefined ? dockerDefaults.client : program(entry.client),
    restart: entry.restart === undefined ? dockerDefaults.restart : argv(entry.restart),
    restartLimitMs: toMs(entry.restartLimit, dockerDefaults.restartLimitMs),
    answerMs: toMs(entry.answerTimeout, dockerDefaults.answerMs),
  };
}
