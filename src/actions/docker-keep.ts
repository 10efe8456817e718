import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';

const schema = z.object({ host: z.string() });

/** Keeps `inspect` of every container: a container that vanishes can be made again from nothing else. */
export const dockerKeep: Action<z.infer<typeof schema>> = {
  verb: 'docker.keep',
  help: 'keep what Docker knows of every container of a host, in the state directory',
  args: { host: 'string' },
  affects: [],
  reads: ['docker.'],
  settles: 'plan',
  outputs: { id: 'string', file: 'string' },
  schema,
  plan: async ({ host }, { readers }) => {
    const place = { host, endpoint: null };
    const daemon = await readers.docker(place).daemon();
    if (daemon.is === 'up') return { ...nothing, changes: [{ kind: 'docker.keep', ...place }] };
    return {
      ...nothing,
      unknown: [`the daemon of ${host} is ${daemon.is} (${daemon.evidence}): nothing can be asked of its containers`],
    };
  },
};
