import type { ConsentNeed } from './risk.ts';

/** What can be done to a component, in the way that its configuration says. */
export type ComponentChange = ComponentStop | ComponentStart | ComponentRecreate;

/** Stops it: in order within its grace, else by force. */
export interface ComponentStop {
  readonly kind: 'component.stop';
  readonly component: string;
  readonly graceMs: number;
  /** The start that is to end; null where nothing tells one start from the next. */
  readonly start: string | null;
}

/** Starts it and follows its log until it says that it started or failed; then its own health check. */
export interface ComponentStart {
  readonly kind: 'component.start';
  readonly component: string;
  /** The start before this one; null where there was none, or nothing tells. */
  readonly before: string | null;
}

/** Makes it anew, because there is nothing left to start; then as a start. */
export interface ComponentRecreate {
  readonly kind: 'component.recreate';
  readonly component: string;
}

/** What must be agreed to by name before such a change; null where the step's own risk suffices. */
export function componentConsent(change: ComponentChange): ConsentNeed | null {
  if (change.kind !== 'component.recreate') return null;
  return {
    token: `recreate:component:${change.component}`,
    typed: change.component,
    effect: `${change.component} is made anew as the configuration says; what was only in its old container is not in the new one`,
  };
}
