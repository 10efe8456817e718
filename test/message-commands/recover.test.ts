import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { stayConnected } from '../../src/lab/programs/stay-connected.ts';
import { until } from '../../src/lab/until.ts';
import { httpApi, mustApi, servers } from '../support/servers.ts';
import type { RawMessage } from '../messages/wire-client.ts';
import { randomHeader } from '../messages/random-content.ts';
import { messageScene, numbered, said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 300_000 });

const seed = Number(process.env['ESR_OPS_SEED'] ?? 20_260_322);

/** What must be the same before and after: all but the exchange, which a consumer sees as the temporary one. */
function comparable(messages: readonly RawMessage[]): readonly string[] {
  return messages.map(
    ({ routingKey, header, body }) => `${routingKey.toString('hex')} ${header.toString('hex')} ${body.toString('hex')}`,
  );
}

async function bindTo(scene: MessageScene, exchange: string, queue: string, key = ''): Promise<void> {
  await mustApi('POST', `/api/bindings/${scene.vhost.segment}/e/${exchange}/q/${queue}`, {
    routing_key: key,
    arguments: {},
  });
}

/** A service with an account of its own that comes back whenever it is put out, and keeps what it is given. */
async function eagerService(
  scene: MessageScene,
  queue: string,
): Promise<{ readonly given: () => readonly (readonly string[])[]; stop(): Promise<void> }> {
  const user = `eager-${scene.vhost.name}`;
  const { amqp } = servers().rabbit;
  await mustApi('PUT', `/api/users/${user}`, { password: 'eager', tags: '' });
  onTestFinished(async () => {
    await httpApi('DELETE', `/api/users/${user}`);
  });
  await mustApi('PUT', `/api/permissions/${scene.vhost.segment}/${user}`, { configure: '^$', write: '^$', read: '.*' });
  const given: string[][] = [];
  const stop = new AbortController();
  const login = { host: amqp.host, port: amqp.port, vhost: scene.vhost.name, user, password: 'eager', name: 'eager' };
  const loop = stayConnected(login, stop.signal, async (connection) => {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const here: string[] = [];
    given.push(here);
    await channel.consume(queue, (message) => {
      if (message !== null) here.push(message.content.toString('utf8'));
    });
    return () => undefined;
  });
  return {
    given: () => given,
    stop: async () => {
      stop.abort();
      await loop;
    },
  };
}

it('recover vhost --force-recreate gives every queue exactly what it held, in order, octet by octet', async () => {
  const scene = await messageScene();
  const v = scene.vhost.segment;
  await scene.queue('typed');
  await scene.queue('ordered');
  await scene.queue('by priority', { 'x-max-priority': 5 });
  await scene.queue('quorum', { 'x-queue-type': 'quorum' });
  await scene.queue('esr.dlq');
  await scene.queue('esr.dying', {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'esr.dlq',
    'x-message-ttl': 1,
  });
  for (const queue of ['fan.one', 'fan.two']) await scene.queue(queue);
  await scene.queue('empty');
  await mustApi('PUT', `/api/exchanges/${v}/fan`, { type: 'fanout', durable: true });
  for (const queue of ['fan.one', 'fan.two', 'ordered']) await bindTo(scene, 'fan', queue);

  // Persistent ones: a transient message is as good as a lost one only when the broker restarts, and it does not.
  const typed = fc.sample(fc.tuple(randomHeader, fc.uint8Array({ maxLength: 200 })), { seed, numRuns: 400 });
  for (const [header, body] of typed)
    scene.client.publish({ routingKey: Buffer.from('typed'), header, body: Buffer.from(body) });
  await scene.client.confirmed();
  await scene.publish('esr.dying', numbered('dead', 4));
  await until(
    'the messages to die',
    async () => {
      const [queue] = (
        (await mustApi('GET', `/api/queues/${v}`)) as readonly { name: string; messages?: number }[]
      ).filter(({ name }) => name === 'esr.dlq');
      return queue?.messages === 4;
    },
    { atMostMs: 60_000 },
  );
  const deadBefore = await peek(scene, 'esr.dlq');
  for (let index = 0; index < 60; index += 1) {
    const header = Buffer.from([0x18, 0x00, 2, index % 6]);
    scene.client.publish({
      routingKey: Buffer.from('by priority'),
      header,
      body: Buffer.from(`p${index % 6} ${index}`),
    });
  }
  await scene.client.confirmed();
  await scene.publish('', numbered('fanned', 25), undefined, 'fan');
  await scene.publish('ordered', numbered('ordered', 1_500));
  await scene.publish('quorum', numbered('quorum', 40));
  await scene.queue('watched');
  await scene.publish('watched', numbered('watched', 12));
  const service = await eagerService(scene, 'watched');
  onTestFinished(() => service.stop());
  await until('the service to be given its messages', () => service.given().at(-1)?.length === 12, {
    atMostMs: 60_000,
  });
  scene.hangUp();

  const ended = await scene.run(
    'recover',
    'vhost',
    '--force-recreate',
    '--yes',
    '--confirm',
    `recreate:${scene.vhost.name}`,
  );
  expect(ended.exitCode, ended.stderr).toBe(0);
  const total = 400 + 4 + 60 + 25 * 3 + 1_500 + 40 + 12;
  expect(said(ended)).toContain(`${total} message(s) confirmed by the broker`);
  const [drain = ''] = await scene.drains();
  const listed = await scene.run('vhost', 'drains');
  expect(listed.stdout).toContain(drain);
  expect(listed.stdout).toContain('ordered: 1525 messages');

  // It was let in last, and is given what it had not acknowledged: all of it, in order, once.
  await until('the service to be given its messages again', () => service.given().at(-1)?.length === 12, {
    atMostMs: 60_000,
  });
  expect(service.given().at(-1)).toEqual(numbered('watched', 12));
  expect(service.given().filter((here) => here.length > 0)).toHaveLength(2);

  expect(comparable(await scene.take('typed'))).toEqual(
    typed.map(
      ([header, body]) =>
        `${Buffer.from('typed').toString('hex')} ${header.toString('hex')} ${Buffer.from(body).toString('hex')}`,
    ),
  );
  const deadAfter = await peek(scene, 'esr.dlq');
  expect(deadAfter.map(({ payload, properties }) => ({ payload, properties }))).toEqual(
    deadBefore.map(({ payload, properties }) => ({ payload, properties })),
  );
  expect(JSON.stringify(deadAfter)).toContain('x-death');
  // By priority, and in order within each: 5 is the highest that there is.
  expect(await scene.bodies('by priority')).toEqual(
    [5, 4, 3, 2, 1, 0].flatMap((priority) =>
      Array.from({ length: 60 }, (_, index) => index)
        .filter((index) => index % 6 === priority)
        .map((index) => `p${priority} ${index}`),
    ),
  );
  expect(await scene.bodies('ordered')).toEqual([...numbered('fanned', 25), ...numbered('ordered', 1_500)]);
  for (const queue of ['fan.one', 'fan.two']) expect(await scene.bodies(queue)).toEqual(numbered('fanned', 25));
  expect(await scene.bodies('quorum')).toEqual(numbered('quorum', 40));
  for (const queue of ['empty', 'esr.dying']) expect(await scene.bodies(queue)).toEqual([]);
  const exchanges = (await mustApi('GET', `/api/exchanges/${v}?columns=name`)) as readonly { name: string }[];
  expect(exchanges.map(({ name }) => name).filter((name) => name !== '' && !name.startsWith('amq.'))).toEqual(['fan']);
});

interface Peeked {
  readonly payload: string;
  readonly properties: unknown;
}

async function peek({ vhost }: MessageScene, queue: string): Promise<readonly Peeked[]> {
  return (await mustApi('POST', `/api/queues/${vhost.segment}/${queue}/get`, {
    count: 100,
    ackmode: 'ack_requeue_true',
    encoding: 'auto',
  })) as readonly Peeked[];
}
