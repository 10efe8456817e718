import { z } from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Blocker } from '../core/plan.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import type { RabbitReader } from '../core/ports.ts';
import { noCdc } from './cdc-stop.ts';

const schema = z.object({ vhost: z.string() });

/**
 * Starts CDC last: it publishes without confirms, so what it sends before its exchange has a binding is gone without
 * a word, and an exchange of other properties keeps it from starting.
 */
export const cdcStart: Action<z.infer<typeof schema>> = {
  verb: 'cdc.start',
  help: 'start CDC and prove that it reads, and publishes into the vhost',
  args: { vhost: 'string' },
  affects: ['cdc.'],
  reads: ['vhost.state', 'cdc.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ vhost }, context) => {
    const { cdc, rabbit } = context.readers;
    if (cdc === null) return { ...nothing, blockers: [noCdc(context)] };
    const target = await cdc.target();
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
    message: `CDC's configuration makes it publish into vhost ${JSON.stringify(now)}, not ${JSON.stringify(wanted)}.`,
    items: [],
    remedies: [],
  };
}

type Target = Awaited<ReturnType<CdcReaders['target']>>;

async function exchangeBlockers(vhost: string, target: Target, rabbit: RabbitReader): Promise<readonly Blocker[]> {
  if ((await rabbit.status(vhost)).state === 'absent') return [];
  const { exchanges, bindings } = await rabbit.definitions(vhost);
  const exchange = exchanges.find((candidate) => candidate['name'] === target.exchange);
  if (exchange === undefined) {
    return [
      missing(`Exchange ${target.exchange} is not in vhost ${vhost}: CDC would declare its own, which leads nowhere.`),
    ];
  }
  if (exchange['type'] !== target.type || exchange['durable'] !== target.durable) {
    return [
      missing(
        `Exchange ${target.exchange} is not as CDC declares it (${target.type}, durable ${String(target.durable)}): the broker would refuse CDC.`,
      ),
    ];
  }
  if (!bindings.some((binding) => binding['source'] === target.exchange)) {
    return [missing(`Exchange ${target.exchange} has no binding: what CDC publishes would be dropped without a word.`)];
  }
  return [];
}

function missing(message: string): Blocker {
  return { code: 'cdc.exchange', message, items: [], remedies: [] };
}
