import type { Component } from './component.ts';

/** Whether a component works, by its own check. */
export interface ComponentStanding {
  /** `unknown`: no check is configured, or it could not be made. */
  readonly is: 'healthy' | 'unhealthy' | 'unknown';
  /** What was seen, one sentence. */
  readonly evidence: string;
}

/** Looks at components; changes nothing. */
export interface ComponentsReader {
  health(component: Component): Promise<ComponentStanding>;
}
