import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import { expect, onTestFinished, test } from 'vitest';
import { numbered, messageScene, said } from '../message-commands/scene.ts';
import { httpApi, mustApi, servers } from '../support/servers.ts';

/** The arguments of the README's `rabbitmqctl set_permissions`. */
async function documented(): Promise<{ readonly configure: string; readonly write: string; readonly read: string }> {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, configure = '', write = '', read = ''] =
    /^ *rabbitmqctl set_permissions -p esr esr-ops '(.*)' '(.*)' '(.*)'$/m.exec(readme) ?? [];
  expect(read).not.toBe('');
  expect(readme).toContain('rabbitmqctl set_user_tags esr-ops administrator');
  return { configure, write, read };
}

test('what the README grants in RabbitMQ is enough to look, to drain and to restore, and the broker refuses other writes', async () => {
  const user = `readme-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const { rabbit } = servers();
  const scene = await messageScene();
  const { segment, name } = scene.vhost;
  await mustApi('PUT', `/api/users/${user}`, { password, tags: 'administrator' });
  onTestFinished(async () => {
    await httpApi('DELETE', `/api/users/${user}`);
  });
  await mustApi('PUT', `/api/permissions/${segment}/${user}`, await documented());
  await mustApi('PUT', `/api/exchanges/${segment}/app.events`, { type: 'fanout', durable: true });
  await scene.queue('esr.one', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'esr.dlq' });
  await scene.queue('esr.dlq');
  await scene.publish('esr.one', numbered('one', 3));
  scene.hangUp();
  const config = await readFile(join(scene.environment.home, 'config.yaml'), 'utf8');
  await writeFile(
    join(scene.environment.home, 'config.yaml'),
    config.replace(`user: ${rabbit.user}\n`, `user: ${user}\n`),
  );
  await writeFile(join(scene.environment.home, 'rabbitmq-password'), password, { mode: 0o600 });

  const looks = [
    ['config', 'check'],
    ['recover', 'vhost', '--force-recreate', '--dry-run'],
    ['vhost', 'drain', '--queue', 'esr.one', '--dry-run'],
    ['vhost', 'fence', '--dry-run'],
    ['dlq', 'park', 'esr.dlq', '--dry-run'],
  ];
  await Promise.all(
    looks.map(async (args) => {
      const ended = await scene.run(...args);
      expect([0, 4, 11], `${args.join(' ')}: ${said(ended)}${ended.stdout}`).toContain(ended.exitCode);
      expect(said(ended)).not.toMatch(/ACCESS_REFUSED|refused/);
    }),
  );
  for (const args of [
    ['vhost', 'capture', '--yes'],
    ['vhost', 'drain', '--queue', 'esr.one', '--yes'],
  ]) {
    const ended = await scene.run(...args);
    expect(ended.exitCode, `${args.join(' ')}: ${said(ended)}`).toBe(0);
  }
  const [drain = ''] = await scene.drains();
  const restored = await scene.run('vhost', 'restore', drain, '--yes');
  expect(restored.exitCode, said(restored)).toBe(0);
  const parked = await scene.run('dlq', 'park', 'esr.one', '--yes');
  expect(parked.exitCode, said(parked)).toBe(0);

  const opened = await connect(`amqp://${user}:${password}@${rabbit.amqp.host}:${rabbit.amqp.port}/${segment}`);
  onTestFinished(() => opened.close().catch(() => undefined));
  for (const [what, work] of Object.entries(refused)) {
    const error = await attempted(opened, work);
    expect(error, `${what} in ${name}`).toContain('ACCESS_REFUSED');
  }
});

type Channel = Awaited<ReturnType<ChannelModel['createConfirmChannel']>>;
const refused: Readonly<Record<string, (channel: Channel) => Promise<unknown>>> = {
  'publish to an exchange of others': async (channel) => {
    channel.publish('app.events', '', Buffer.from('x'));
    await channel.waitForConfirms();
  },
  'declare a queue of others': (channel) => channel.assertQueue('esr.new'),
  'delete a queue of others': (channel) => channel.deleteQueue('esr.one'),
  'declare an exchange of others': (channel) => channel.assertExchange('app.new', 'fanout'),
  'delete an exchange of others': (channel) => channel.deleteExchange('app.events'),
  'bind to an exchange of others': (channel) => channel.bindExchange('app.events', 'app.events', ''),
};

/** What the broker says to it: the close of the channel. */
async function attempted(opened: ChannelModel, work: (channel: Channel) => Promise<unknown>): Promise<string> {
  const channel = await opened.createConfirmChannel();
  const closed = new Promise<string>((resolve) => channel.on('error', (error: Error) => resolve(error.message)));
  const done = work(channel).then(
    () => 'it was done',
    async () => await closed,
  );
  return await Promise.race([closed, done]);
}
