/** How a container is, as the engine's `inspect` says (its `ps` shows a dead one as `removing`, seen on 20.10). */
export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  /** It ended and the engine is about to start it again by its policy. */
  | 'restarting'
  | 'exited'
  /** Its removal is under way, or stuck: it can't be started, and is gone when the daemon restarts. */
  | 'removing'
  /** Its removal failed: it can't be started, and a restart of the daemon leaves it dead. */
  | 'dead'
  /** The daemon gives no answer about this one, or an answer that is none of the above. */
  | 'unknown';

/** When the engine starts a container by itself. */
export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** Of `on-failure`: how often; 0 is without limit. */
  readonly retries: number;
}

/** One container of an engine. Holds no environment variables, labels or arguments: those may be secrets. */
export interface ContainerStatus {
  /** 64 hex digits. */
  readonly id: string;
  /** Without the engine's leading slash. */
  readonly name: string;
  /** As it was asked for when it was made: `esr:1.2`. */
  readonly image: string;
  readonly state: ContainerState;
  /** By its image's own check; null where it has none, or does not run. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | null;
  /** Null while it runs, and before it ever did. 128 + the signal's number for a signal. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** What the engine says went wrong with it; empty when nothing did. */
  readonly error: string;
  /** How often the engine started it again by its policy since it was last started by hand. */
  readonly restarts: number;
  readonly policy: RestartPolicy;
  /** Whether the engine removes it when it ends (`run --rm`). */
  readonly removedAtEnd: boolean;
  /** Process id on its host; null when it has none. */
  readonly pid: number | null;
  /** ISO 8601 in UTC; null when it never ran. */
  readonly startedAt: string | null;
  /** ISO 8601 in UTC; null when it never ended. */
  readonly finishedAt: string | null;
}

/** A line of a container's log. */
export interface ContainerLogLine {
  /** When the engine got it: ISO 8601 in UTC with nanoseconds. */
  readonly at: string;
  readonly text: string;
  /** Name of the signature that it matches; null for none. */
  readonly signature: string | null;
}

/** A log line that is known to mean something. */
export interface LogSignature {
  /** How it is called on screens. */
  readonly name: string;
  /** Source of a regular expression, tried when the configuration was loaded. */
  readonly pattern: string;
}

/** A process of the host that has ended and that its parent does not collect. */
export interface ZombieProcess {
  readonly pid: number;
  /** Name of its program, at most 15 bytes. */
  readonly program: string;
  readonly parent: { readonly pid: number; readonly program: string };
}

/** Room on the file system that holds a folder. */
export interface DiskSpace {
  readonly path: string;
  readonly bytes: { readonly free: number; readonly total: number };
  /** Null where the file system counts none. */
  readonly inodes: { readonly free: number; readonly total: number } | null;
}
