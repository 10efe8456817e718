import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Blocker } from '../core/plan.ts';
import { typedWord } from '../core/typed-command.ts';
import { noCdc } from './cdc-stop.ts';
import { exchangeBlockers } from './exchange-fit.ts';

const schema = z.object({ vhost: z.string() });

/**
 * Starts CDC last: it publishes without confirms, so what it sends before its exchange has a binding is gone without
 * a word, and an exchange of other properties keeps it from starting.
 */
export const cdcStart: Action<z.infer<typeof schema>> = {
  verb: 'cdc.start',
  help: 'start CDC and prove that it reads, and publishes into the vhost',
  args: { vhost: 'string' },
  affects: ['cdc.process', 'cdc.lag', 'cdc.position', 'cdc.routed', 'cdc.repointed'],
  reads: ['vhost.state', 'cdc.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ vhost }, context) => {
    const { cdc, rabbit } = context.readers;
    if (cdc === null) return { ...nothing, blockers: [noCdc(context)] };
    const repoint = context.ahead.find((change) => change.kind === 'cdc.repoint');
    const target = { ...(await cdc.target()), ...repoint?.to };
    const notes = target.warnings;
    const blockers = target.vhost === vhost ? [] : [elsewhere(target.vhost, vhost)];
    const pending = context.ahead.some((change) => change.kind === 'vhost.create' || change.kind === 'vhost.start');
    const exchange = pending ? [] : await exchangeBlockers(vhost, target, rabbit);
    const stopped = [...context.ahead, ...context.made].some((change) => change.kind === 'cdc.stop');
    const { is } = await cdc.process.status();
    if (is === 'running' && !stopped) return { ...nothing, notes, blockers, unchanged: ['CDC is running'] };
    return {
      ...nothing,
      notes,
      changes: [{ kind: 'cdc.start', clientId: cdc.maxwell.clientId, vhost }],
      blockers: [...blockers, ...exchange],
    };
  },
};

function elsewhere(now: string, wanted: string): Blocker {
  return {
    code: 'cdc.wrong-vhost',
    message: `CDC's configuration makes it publish into vhost ${JSON.stringify(now)}, not ${JSON.stringify(wanted)}. Next is esr-ops cdc repoint --vhost ${typedWord(wanted)}, or esr-ops recover cdc with a replay.`,
    items: [],
    remedies: [],
  };
}
