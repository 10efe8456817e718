import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { ChannelQueue } from '../../core/notice.ts';
import type { Composition } from '../composition.ts';

/** Milliseconds that these commands wait for webhooks, since that is all that they do. */
const patience = { test: 20_000, flush: 60_000 };

/** `notify test`: a test to every channel, behind what waits there. */
export async function testNotices(composition: Composition): Promise<ExitName> {
  const name = await configured(composition);
  const outbox = await composition.notices.outbox();
  const { user, host } = composition.operator;
  await outbox.put({
    at: new Date(composition.clock.now()).toISOString(),
    event: 'test',
    environment: name,
    command: 'notify test',
    run: null,
    target: null,
    outcome: null,
    what: '',
    next: '',
    deadline: null,
    by: `${user}@${host}`,
  });
  return shown(composition, name, await outbox.flush(patience.test), 'unreachable');
}

/** `notify flush`: sends what waits. */
export async function flushNotices(composition: Composition): Promise<ExitName> {
  const name = await configured(composition);
  return shown(composition, name, await (await composition.notices.outbox()).flush(patience.flush), 'unreachable');
}

/** `notify status`: what waits; sends nothing. */
export async function listNotices(composition: Composition): Promise<ExitName> {
  const name = await configured(composition);
  return shown(composition, name, await (await composition.notices.reader()).queues(), 'findings');
}

function shown(
  { host }: Composition,
  environment: string,
  queues: readonly ChannelQueue[],
  whenLeft: ExitName,
): ExitName {
  host.result({ code: 'notices.listed', payload: { environment, queues } });
  return queues.every(({ waiting, refused }) => waiting.length + refused === 0) ? 'done' : whenLeft;
}

async function configured(composition: Composition): Promise<string> {
  const { name, notify } = await composition.environment();
  if (notify.channels.length > 0) return name;
  throw new Fault({
    code: 'notify.not-configured',
    message: `Environment ${name} has nobody to notify.`,
    where: `environments.${name}.notify`,
    exit: 'usage',
    next: [`write notify: with channels under environments.${name}`, 'esr-ops config schema'],
  });
}
