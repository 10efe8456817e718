import type { ContainerLogLine, ContainerStatus, DiskSpace, LogSignature, ZombieProcess } from './container.ts';
import type { JsonObject } from './json.ts';

/** Which engine: on a host of the configuration, at an endpoint there. */
export interface DockerPlace {
  /** A name of the configuration's `hosts`; `local` is this machine. */
  readonly host: string;
  /** The client's `--host` there, `unix:///run/docker.sock` for instance; null: as the configuration has it for the host. */
  readonly endpoint: string | null;
}

/** How the daemon is. That there is no docker client is a Fault `host.no-program` instead. */
export type DockerDaemon =
  | {
      readonly is: 'up';
      /** `20.10.24`. */
      readonly version: string;
      readonly apiVersion: string;
      /** Whether containers outlive the daemon (`live-restore`). */
      readonly liveRestore: boolean;
      /** Folder of its images, containers and volumes. */
      readonly dataRoot: string;
      readonly storageDriver: string;
      /** What the daemon itself warns of. */
      readonly warnings: readonly string[];
    }
  /** Somebody listens and gives no answer within the limit. */
  | { readonly is: 'hung'; readonly evidence: string }
  /** Nobody listens. */
  | { readonly is: 'absent'; readonly evidence: string };

/** An event of the engine, as `docker events` prints it. */
export interface DockerEvent {
  /** `container`, `image`, `network`, … */
  readonly type: string;
  /** `start`, `die`, `destroy`, … */
  readonly action: string;
  /** Name of the container, or the id where it has none. */
  readonly actor: string;
  /** Nanoseconds since the epoch as decimal text. */
  readonly at: string;
}

/** Everything of one container, for the day when it is gone. Holds its environment: secrets. */
export interface ContainerInspection {
  readonly id: string;
  readonly name: string;
  readonly inspect: JsonObject;
}

/**
 * Reads of one Docker engine through its own client on its host. Faults besides HostReader's: `docker.absent` (nobody
 * listens) and `docker.hung` (no answer in time), both exit unreachable · `docker.refused` (the account may not talk to
 * it) · `docker.no-container` · `docker.bad-name` (exit usage) · `docker.failed`.
 */
export interface DockerReader {
  /** `docker@<host>`, for screens and plans. */
  readonly name: string;
  daemon(): Promise<DockerDaemon>;
  /** All of them, stopped ones included, by name. One that the daemon gives no answer about is `unknown`. */
  containers(): Promise<readonly ContainerStatus[]>;
  /** By name or id; null when there is none. */
  container(name: string): Promise<ContainerStatus | null>;
  /** The whole `inspect` of every container, or of these (names or ids); one that is not there is left out. */
  inspections(wanted?: readonly string[]): Promise<readonly ContainerInspection[]>;
  /**
   * The newest lines of a container's log, oldest first, both of its outputs; `since` (ISO 8601, nanoseconds allowed)
   * leaves out what came before. Marked with the first signature that a line matches.
   */
  logs(name: string, wanted: LogsWanted): Promise<readonly ContainerLogLine[]>;
  /** What happened since a time (ms since the epoch) until now. */
  events(sinceMs: number): Promise<readonly DockerEvent[]>;
  /** Of the whole host, not only of containers. */
  zombies(): Promise<readonly ZombieProcess[]>;
  /** Of the file system with the daemon's data; null where its host does not have that folder. */
  disk(dataRoot: string): Promise<DiskSpace | null>;
}

/** Which lines of a log. */
export interface LogsWanted {
  readonly lines: number;
  readonly since?: string;
  readonly signatures?: readonly LogSignature[];
}

/**
 * Changes to one Docker engine. A refusal of the engine that changed nothing is a Fault with `details.sent` false:
 * `docker.no-container`, `docker.gone` (removing or dead: it can't be started), `docker.removing`, `docker.name-taken`,
 * `docker.absent`, `docker.refused`. Anything else has `details.sent` true: the reader is asked.
 */
export interface DockerWriter {
  readonly name: string;
  start(container: string): Promise<DockerEvidence>;
  /** Returns when it has ended: in order within the grace, else killed. */
  stop(container: string, graceSeconds: number): Promise<DockerEvidence>;
  /** Of one that does not run; its volumes stay. */
  remove(container: string): Promise<DockerEvidence>;
  /** `docker run --detach --name <name> <options>`: options, image and its arguments as the configuration has them. */
  run(container: string, options: readonly string[]): Promise<DockerEvidence>;
  /** Runs the host's configured argv that restarts the daemon; every container there may end by it. */
  restartDaemon(): Promise<DockerEvidence>;
}

/** What a change said. */
export interface DockerEvidence {
  readonly evidence: readonly string[];
}
