import type { Component } from './component.ts';
import type { ContainerStatus } from './container.ts';

/** Whether a component works, by its own check. */
export interface ComponentStanding {
  /** `unknown`: no check is configured, or it could not be made. */
  readonly is: 'healthy' | 'unhealthy' | 'unknown';
  /** What was seen, one sentence. */
  readonly evidence: string;
}

/** How a component's process is, as whoever controls it says. */
export interface ComponentProcess {
  /**
   * `gone`: its container does not exist · `stuck`: its container is dead or being removed and can never be started ·
   * `unknown`: nobody can say, or it is between two states.
   */
  readonly is: 'running' | 'stopped' | 'gone' | 'stuck' | 'unknown';
  /** What was seen, one sentence. */
  readonly evidence: string;
  /** Tells one start from the next; null where nothing does. */
  readonly start: string | null;
  /** Of one that is a container. */
  readonly container: ContainerStatus | null;
}

/** Looks at components; changes nothing. Faults of HostReader and DockerReader. */
export interface ComponentsReader {
  health(component: Component): Promise<ComponentStanding>;
  process(component: Component): Promise<ComponentProcess>;
  /**
   * The newest lines of its log, oldest first. Of a container or a unit only those since its last start; a component that
   * commands control gives what its command prints.
   */
  log(component: Component, lines: number): Promise<readonly string[]>;
}

/**
 * Changes to components. A Fault `component.by-hand` (exit blocked) for one that a person controls, or of which nobody
 * said how it is made anew; `component.command-failed` (`details.sent` true) when the command said no.
 */
export interface ComponentsWriter {
  /** Returns when it has ended, in order within its grace or by force. */
  stop(component: Component): Promise<{ readonly evidence: readonly string[] }>;
  start(component: Component): Promise<{ readonly evidence: readonly string[] }>;
  /** Makes it anew in its configured way; that starts it, too. */
  recreate(component: Component): Promise<{ readonly evidence: readonly string[] }>;
}
