import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Blocker } from '../core/plan.ts';

const schema = z.object({});

/** Stops CDC; also when it is stopped already, so that its quiet is proved. */
export const cdcStop: Action<z.infer<typeof schema>> = {
  verb: 'cdc.stop',
  help: 'stop CDC in order and prove it quiet',
  args: {},
  affects: ['cdc.process', 'cdc.lag', 'cdc.routed', 'cdc.repointed'],
  reads: [],
  settles: 'plan',
  outputs: { ran: 'bool' },
  schema,
  plan: (_args, context) => {
    const { cdc } = context.readers;
    if (cdc === null) return Promise.resolve({ ...nothing, blockers: [noCdc(context)] });
    return Promise.resolve({ ...nothing, changes: [{ kind: 'cdc.stop', clientId: cdc.maxwell.clientId }] });
  },
};

/** CDC can't be controlled from here. */
export function noCdc(context: ActionContext): Blocker {
  const { name } = context.environment;
  return {
    code: 'cdc.not-controlled',
    message: `Environment ${name} does not say how its CDC is controlled (environments.${name}.cdc).`,
    items: [],
    remedies: [],
  };
}
