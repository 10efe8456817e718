import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { componentEngine, componentHost } from '../core/component-engine.ts';
import type { Component } from '../core/component.ts';
import type { Blocker } from '../core/plan.ts';
import { localHost } from '../core/reach-of.ts';
import { componentNamed } from './component-named.ts';
import { lookAlong } from './path-look.ts';

const schema = z.object({
  host: z.string().nullish(),
  component: z.string().nullish(),
  names: z.array(z.string()).nullish(),
  path: z.boolean().nullish(),
});

/** Removes containers that can never be started again: only those that were named, each with its own consent. */
export const containerRemove: Action<z.infer<typeof schema>> = {
  verb: 'container.remove',
  help: "remove dead containers by name: a component's own, any of a host, or those on the way of the load types",
  args: { host: 'string?', component: 'string?', names: 'strings?', path: 'bool?' },
  affects: ['component.'],
  reads: ['docker.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host: asked, component: word, names: named, path }, { readers, environment, ahead }) => {
    const changes: Change[] = [];
    const unchanged: string[] = [];
    const blockers: Blocker[] = [];
    const none = named == null || named.length === 0;
    if (none && path !== true) return nothing;
    const component = word == null ? null : componentNamed(word, environment);
    const others = component === null || none ? [] : named.filter((name) => name !== containerOf(component));
    if (component !== null && others.length > 0) return { ...nothing, blockers: [notIts(component, others)] };
    const place = component === null ? { host: asked ?? localHost, endpoint: null } : componentEngine(component);
    const docker = readers.docker(place);
    if ((await docker.daemon()).is !== 'up') {
      return { ...nothing, unknown: ['whether they are there: the daemon gives no answer yet'] };
    }
    const names = none ? await deadOnPath(place.host, { readers, environment }) : named;
    for (const name of names) {
      const found = await docker.container(name);
      if (found === null) unchanged.push(`there is no container ${name}`);
      else if (found.state === 'dead' || found.state === 'exited' || found.state === 'created')
        changes.push({ kind: 'container.remove', ...place, name: found.name, id: found.id, state: found.state });
      else if (found.state === 'removing' && ahead.some((change) => change.kind === 'docker.restart'))
        unchanged.push(`container ${name} is being removed already, and gone when the daemon has restarted`);
      else blockers.push(notDead(name, found.state));
    }
    return { ...nothing, changes, unchanged, blockers };
  },
};

/** Containers of the host that load types need and that can never be started again. */
async function deadOnPath(host: string, scope: Parameters<typeof lookAlong>[0]): Promise<readonly string[]> {
  return (await lookAlong(scope)).flatMap(({ component, is }) =>
    is === 'dead' && component.control.kind === 'container' && componentHost(component) === host
      ? [component.control.container]
      : [],
  );
}

function containerOf({ control }: Component): string | null {
  return control.kind === 'container' ? control.container : null;
}

function notIts(component: Component, others: readonly string[]): Blocker {
  const own = containerOf(component);
  return {
    code: 'container.not-its',
    message: `${own === null ? `${component.name} is no container` : `The container of ${component.name} is ${own}`}: nothing else is removed for it, and not ${others.join(', ')}.`,
    items: [],
    remedies: [],
  };
}

function notDead(name: string, state: string): Blocker {
  return {
    code: 'container.not-dead',
    message: `Container ${name} is ${state}: only one that is dead, or has ended, is removed from here.`,
    items: [],
    remedies: [],
  };
}
