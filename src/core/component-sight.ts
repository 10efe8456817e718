import type { Component } from './component.ts';

/** How a component is, as far as it can be seen from here. */
export interface ComponentSight {
  /**
   * `stuck`: the engine holds it dead or in removal, and it can't be started · `gone`: there is no such container or
   * unit · `ended`: it ended in order, which is right for one that runs job by job.
   */
  readonly is: 'running' | 'ended' | 'stopped' | 'restarting' | 'paused' | 'stuck' | 'gone' | 'unknown';
  /** Of `stuck`: `dead` stays so until it is removed by name, `removing` is gone when the daemon restarts. Null: not stuck. */
  readonly stuck: 'dead' | 'removing' | null;
  /** What says so, a sentence each. */
  readonly evidence: readonly string[];
  /** When that state began, ms since the epoch; null: not known. */
  readonly sinceMs: number | null;
  /** Times that it was started again by itself; null: not known. */
  readonly restarts: number | null;
  /** What its log says of its last start; null where the configuration names no such lines, or it can't be read. */
  readonly start: { readonly is: 'started' | 'failed' | 'not-said'; readonly line: string } | null;
  /** By its own check; null where there is none. */
  readonly works: { readonly is: 'healthy' | 'unhealthy' | 'unknown'; readonly evidence: string } | null;
}

/** Looks at components; changes nothing. */
export interface ComponentLooker {
  /** Faults of DockerReader and HostReader. */
  look(component: Component): Promise<ComponentSight>;
  /** The newest lines of its log, oldest first. */
  log(component: Component, lines: number): Promise<readonly string[]>;
}
