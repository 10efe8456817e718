import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { componentHost } from '../core/component-engine.ts';
import type { Component } from '../core/component.ts';
import type { Blocker } from '../core/plan.ts';
import { containerGoes, revivalOf } from './component-revival.ts';

const schema = z.object({ host: z.string() });

/** Brings back every component that is a container of the host and does not run: those that nothing else starts. */
export const componentsRevive: Action<z.infer<typeof schema>> = {
  verb: 'components.revive',
  help: 'start the components of a host that do not run, and make anew those whose container is gone',
  args: { host: 'string' },
  affects: ['component.'],
  reads: ['docker.', 'component.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host }, context) => {
    const { readers, environment, ahead } = context;
    const changes: Change[] = [];
    const blockers: Blocker[] = [];
    const unchanged: string[] = [];
    const components = environment.components.filter(
      (component) => component.control.kind === 'container' && componentHost(component) === host,
    );
    const daemon = await readers.docker({ host, endpoint: null }).daemon();
    if (daemon.is !== 'up') {
      return { ...nothing, unknown: [`how ${listOf(components)} will be: the daemon is ${daemon.is}`] };
    }
    for (const component of ordered(components)) {
      const process = await readers.components.process(component);
      if (process.is === 'running' && !stopsFirst(component, context)) {
        unchanged.push(`${component.name} runs`);
        continue;
      }
      if (process.is === 'unknown') {
        unchanged.push(`${component.name} is left to Docker: ${process.evidence}`);
        continue;
      }
      if (process.is === 'running') {
        // It is stopped by the restart that comes first; by then the container has another start.
        changes.push({ kind: 'component.start', component: component.name, before: process.start });
        continue;
      }
      const revival = revivalOf(component, process, containerGoes(component, process, context));
      changes.push(...revival.changes);
      blockers.push(...revival.blockers);
    }
    const notes = ahead.length > 0 && changes.length > 0 ? ['decided again when the daemon has restarted'] : [];
    return { ...nothing, changes, blockers, unchanged, notes };
  },
};

/** Whether a restart of the daemon that comes first leaves a component stopped that runs now. */
function stopsFirst({ control }: Component, { ahead }: ActionContext): boolean {
  if (control.kind !== 'container') return false;
  return ahead.some(
    (change) =>
      change.kind === 'docker.restart' &&
      (change.before ?? []).some(({ name, fate }) => name === control.container && fate === 'stays-down'),
  );
}

/** What others need comes before them; circles stay as they are written. */
function ordered(components: readonly Component[]): readonly Component[] {
  const done: Component[] = [];
  const visit = (component: Component, above: readonly string[]): void => {
    if (done.includes(component) || above.includes(component.name)) return;
    for (const needed of components.filter(({ name }) => component.dependsOn.includes(name)))
      visit(needed, [...above, component.name]);
    done.push(component);
  };
  for (const component of components) visit(component, []);
  return done;
}

function listOf(components: readonly Component[]): string {
  return components.length === 0 ? 'the components' : components.map(({ name }) => name).join(', ');
}
