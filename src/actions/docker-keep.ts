import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { componentEngine } from '../core/component-engine.ts';
import { localHost } from '../core/reach-of.ts';
import { componentNamed } from './component-named.ts';

const schema = z.object({
  host: z.string().nullish(),
  component: z.string().nullish(),
  names: z.array(z.string()).nullish(),
});

/** Keeps `inspect` of every container: a container that vanishes can be made again from nothing else. */
export const dockerKeep: Action<z.infer<typeof schema>> = {
  verb: 'docker.keep',
  help: "keep what Docker knows of every container of a host (a component's, where any of its is to go), in the state directory",
  args: { host: 'string?', component: 'string?', names: 'strings?' },
  affects: [],
  reads: ['docker.'],
  settles: 'plan',
  outputs: { id: 'string', file: 'string' },
  schema,
  plan: async ({ host: asked, component: word, names }, { readers, environment }) => {
    const component = word == null ? null : componentNamed(word, environment);
    if (component !== null && (names ?? []).length === 0) return nothing;
    const place = component === null ? { host: asked ?? localHost, endpoint: null } : componentEngine(component);
    const daemon = await readers.docker(place).daemon();
    if (daemon.is === 'up') return { ...nothing, changes: [{ kind: 'docker.keep', ...place }] };
    return {
      ...nothing,
      unknown: [
        `the daemon of ${place.host} is ${daemon.is} (${daemon.evidence}): nothing can be asked of its containers`,
      ],
    };
  },
};
