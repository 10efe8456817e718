import type { ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import type { Component } from '../core/component.ts';
import { componentHost } from '../core/component-engine.ts';
import type { ComponentProcess } from '../core/ports-components.ts';
import type { Blocker } from '../core/plan.ts';

/** How a component that does not run comes back: what that changes, or what forbids it. */
export interface Revival {
  readonly changes: readonly Change[];
  readonly blockers: readonly Blocker[];
}

/**
 * Started where there is something to start, made anew where there is nothing left. `goes`: an earlier step takes its
 * container away (removes it by name, or restarts the daemon under one whose removal is stuck).
 */
export function revivalOf(component: Component, process: ComponentProcess, goes: boolean): Revival {
  const { name } = component;
  if (process.is === 'gone' || goes) {
    if (component.recreate === null) return { changes: [], blockers: [noWay(component)] };
    return { changes: [{ kind: 'component.recreate', component: name }], blockers: [] };
  }
  if (process.is === 'stuck') return { changes: [], blockers: [stuck(component, process)] };
  return { changes: [{ kind: 'component.start', component: name, before: process.start }], blockers: [] };
}

/** Whether a change before this one takes the component's container away. */
export function containerGoes(component: Component, process: ComponentProcess, { ahead }: ActionContext): boolean {
  const { container } = process;
  if (container === null) return false;
  return ahead.some(
    (change) =>
      (change.kind === 'container.remove' && change.id === container.id) ||
      (change.kind === 'docker.restart' && change.host === componentHost(component) && container.state === 'removing'),
  );
}

function noWay({ name, owner }: Component): Blocker {
  return {
    code: 'component.no-recreate',
    message: `The container of ${name} is gone, and the configuration does not say how it is made anew (components.${name}.recreate). ${owner} knows.`,
    items: [],
    remedies: [],
  };
}

function stuck({ name, control }: Component, { evidence, container }: ComponentProcess): Blocker {
  const called = control.kind === 'container' ? control.container : name;
  const dead = container?.state === 'dead';
  return {
    code: dead ? 'component.dead' : 'component.removing',
    message: dead
      ? `${name} can never be started again: ${evidence}. It has to be removed first, by name: esr-ops esr restart ${name} --remove ${called}`
      : `${name} can't be started: ${evidence}. A restart of the daemon ends its removal: esr-ops docker restart`,
    items: [],
    remedies: dead
      ? [{ flag: '--remove', input: 'remove', value: [called], label: `remove the dead container ${called}` }]
      : [],
  };
}
