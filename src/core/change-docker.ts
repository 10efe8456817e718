import type { ContainerState } from './container.ts';
import type { DockerPlace } from './ports-docker.ts';
import type { RestartFate } from './restart-fate.ts';
import type { ConsentNeed } from './risk.ts';

/** What can be done to a Docker engine. */
export type DockerChange = DockerKeep | DockerRestart | ContainerRemove;

/** Writes `inspect` of every container of an engine into the state directory and reads it back. */
export interface DockerKeep extends DockerPlace {
  readonly kind: 'docker.keep';
}

/** A container before its daemon is restarted, and what that makes of it. */
export interface ContainerBefore {
  readonly name: string;
  readonly id: string;
  readonly state: ContainerState;
  /** ISO 8601 in UTC; another one afterwards proves the restart. */
  readonly startedAt: string | null;
  readonly fate: RestartFate;
}

/** Restarts the daemon of a host with the configured argv. */
export interface DockerRestart extends DockerPlace {
  readonly kind: 'docker.restart';
  /** Null: the daemon does not say. */
  readonly before: readonly ContainerBefore[] | null;
}

/** Removes a container that does not run; its volumes stay. */
export interface ContainerRemove extends DockerPlace {
  readonly kind: 'container.remove';
  readonly name: string;
  readonly id: string;
  readonly state: ContainerState;
}

/** What must be agreed to by name before such a change; null where the step's own risk suffices. */
export function dockerConsent(change: DockerChange): ConsentNeed | null {
  switch (change.kind) {
    case 'docker.keep':
      return null;
    case 'docker.restart': {
      const ended = (change.before ?? []).filter(({ fate }) => interrupting.includes(fate)).map(({ name }) => name);
      const what = change.before === null ? 'every container that runs there' : ended.join(', ');
      return {
        token: `restart:docker@${change.host}`,
        typed: `docker@${change.host}`,
        effect:
          what === ''
            ? `the Docker daemon of ${change.host} restarts; no container is stopped by that`
            : `the Docker daemon of ${change.host} restarts, which stops ${what}`,
      };
    }
    case 'container.remove':
      return {
        token: `remove:container:${change.name}`,
        typed: change.name,
        effect: `container ${change.name} is removed, with what was written into it and not into a volume`,
      };
    default:
      return change satisfies never;
  }
}

const interrupting: readonly RestartFate[] = ['comes-back', 'may-come-back', 'stays-down', 'vanishes', 'unknown'];
