import type { Argv } from './host-machine.ts';

/** The Docker engine of a host, and how its daemon is restarted. */
export interface DockerSettings {
  /** The client's `--host` there; null (the default): what the client takes by itself. */
  readonly endpoint: string | null;
  /** Name or path of the client there. Default `docker`. */
  readonly client: string;
  /** Run on the host. Default `systemctl restart docker`. */
  readonly restart: Argv;
  /** Ms in which the daemon must answer again after that. Default 180,000. */
  readonly restartLimitMs: number;
  /** Ms of silence after which the daemon counts as hung. Default 10,000. */
  readonly answerMs: number;
}

/** What holds where the configuration says nothing. */
export const dockerDefaults: DockerSettings = {
  endpoint: null,
  client: 'docker',
  restart: ['systemctl', 'restart', 'docker'],
  restartLimitMs: 180_000,
  answerMs: 10_000,
};

/** The engine of a host of the configuration, configured or by default. */
export function dockerOf(docker: Readonly<Record<string, DockerSettings>>, host: string): DockerSettings {
  return (Object.hasOwn(docker, host) ? docker[host] : undefined) ?? dockerDefaults;
}
