import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { componentHost } from '../core/component-engine.ts';
import type { Blocker } from '../core/plan.ts';
import { lookAlong } from './path-look.ts';

const schema = z.object({ host: z.string(), names: z.array(z.string()).nullish(), path: z.boolean().nullish() });

/** Removes containers that can never be started again: only those that were named, each with its own consent. */
export const containerRemove: Action<z.infer<typeof schema>> = {
  verb: 'container.remove',
  help: 'remove dead containers by name, or those on the way of the load types',
  args: { host: 'string', names: 'strings?', path: 'bool?' },
  affects: ['component.'],
  reads: ['docker.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host, names: asked, path }, { readers, environment, ahead }) => {
    const place = { host, endpoint: null };
    const docker = readers.docker(place);
    const changes: Change[] = [];
    const unchanged: string[] = [];
    const blockers: Blocker[] = [];
    const none = asked == null || asked.length === 0;
    if (none && path !== true) return nothing;
    if ((await docker.daemon()).is !== 'up') {
      return { ...nothing, unknown: ['whether they are there: the daemon gives no answer yet'] };
    }
    const names = none ? await deadOnPath(host, { readers, environment }) : asked;
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

function notDead(name: string, state: string): Blocker {
  return {
    code: 'container.not-dead',
    message: `Container ${name} is ${state}: only one that is dead, or has ended, is removed from here.`,
    items: [],
    remedies: [],
  };
}
