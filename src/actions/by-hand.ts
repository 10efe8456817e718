import type { Component } from '../core/component.ts';
import type { Blocker } from '../core/plan.ts';

/** A component that the configuration says a person controls. */
export function byHandBlocker({ name, owner }: Component): Blocker {
  return {
    code: 'component.by-hand',
    message: `A person controls ${name} (components.${name}.control): ${owner}.`,
    items: [],
    remedies: [],
  };
}
