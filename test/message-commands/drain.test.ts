import { connect } from 'amqplib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../../src/lab/until.ts';
import { mustApi, servers } from '../support/servers.ts';
import { messageScene, numbered, said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Somebody who consumes from a queue and acknowledges nothing. */
async function foreignConsumer({ vhost }: MessageScene, queue: string): Promise<() => Promise<void>> {
  const { amqp, user: username, password } = servers().rabbit;
  const login = { protocol: 'amqp', hostname: amqp.host, port: amqp.port, vhost: vhost.name, username, password };
  const connection = await connect(login);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  await channel.prefetch(1);
  await channel.consume(queue, () => undefined);
  // The lists that a plan is made from run seconds behind.
  await until(
    'the broker to list the consumer',
    async () => {
      const listed = (await mustApi('GET', `/api/consumers/${vhost.segment}`)) as readonly {
        queue: { name: string };
      }[];
      return listed.some((consumer) => consumer.queue.name === queue);
    },
    { atMostMs: 60_000 },
  );
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await connection.close();
  };
  onTestFinished(close);
  return close;
}

/** Ready messages of a queue, as the broker counts them at this moment. */
async function ready({ vhost }: MessageScene, queue: string): Promise<number> {
  const { amqp, user: username, password } = servers().rabbit;
  const login = { protocol: 'amqp', hostname: amqp.host, port: amqp.port, vhost: vhost.name, username, password };
  const connection = await connect(login);
  const { messageCount } = await (await connection.createChannel()).checkQueue(queue);
  await connection.close();
  return messageCount;
}

/** Whether each message that a queue holds was delivered before. */
async function redelivered({ vhost }: MessageScene, queue: string): Promise<readonly boolean[]> {
  const { amqp, user: username, password } = servers().rabbit;
  const login = { protocol: 'amqp', hostname: amqp.host, port: amqp.port, vhost: vhost.name, username, password };
  const connection = await connect(login);
  const channel = await connection.createChannel();
  const found: boolean[] = [];
  for (let got = await channel.get(queue); got !== false; got = await channel.get(queue))
    found.push(got.fields.redelivered);
  await connection.close();
  return found;
}

describe('vhost drain', () => {
  it('takes what was published this moment, although statistics still say that the queue is empty', async () => {
    const scene = await messageScene();
    for (const queue of ['a', 'b', 'empty']) await scene.queue(queue);
    await scene.run('vhost', 'drain', '--dry-run');
    await scene.publish('a', numbered('a', 7));
    await scene.publish('b', numbered('b', 3));
    const ended = await scene.run('vhost', 'drain', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(said(ended)).toMatch(/10 message\(s\)/);
    expect([await scene.bodies('a'), await scene.bodies('b')]).toEqual([[], []]);
    const [drain = ''] = await scene.drains();
    const listed = await scene.run('vhost', 'drains');
    expect(listed.stdout).toContain(drain);
    expect(listed.stdout).toContain('a: 7 messages');
    const counted = await scene.run('vhost', 'messages', drain, '--count', '--output', 'json');
    expect(JSON.stringify(counted.lines)).toContain('"total":10,"queues":{"a":7,"b":3}');
  });

  it('refuses beside others who consume, naming queue and flag, and goes on with the flag', async () => {
    const scene = await messageScene();
    await scene.queue('taken');
    await scene.queue('free');
    await scene.publish('taken', numbered('t', 5));
    await foreignConsumer(scene, 'taken');
    const refused = await scene.run('vhost', 'drain', '--yes');
    expect(refused.exitCode, refused.stderr).toBe(4);
    expect(said(refused)).toMatch(/taken: 1 consumer/);
    expect(said(refused)).toContain('--allow-consumers');
    expect(said(refused)).not.toMatch(/free: \d/);
    expect(await scene.drains()).toEqual([]);

    const beside = await scene.run('vhost', 'drain', '--yes', '--allow-consumers');
    expect([0, 5], beside.stderr).toContain(beside.exitCode);
    expect(said(beside)).toMatch(/4 message\(s\)/);
  });

  it('refuses consumers that come between plan and deed, and takes nothing', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', numbered('m', 4));
    const plan = `${scene.environment.home}/plan.json`;
    const planned = await scene.run('vhost', 'drain', '--dry-run', '--out', plan);
    expect(planned.exitCode, planned.stderr).toBe(0);
    const leave = await foreignConsumer(scene, 'q');
    const applied = await scene.run('apply', plan, '--yes');
    expect(applied.exitCode, applied.stderr).toBe(8);
    expect(said(applied)).toContain('what these steps would do differs: drain');
    expect(await scene.drains()).toEqual([]);
    await leave();
    await scene.publish('q', ['m 4']);
    // The listing still shows the consumer for seconds; the broker itself knows that it is gone.
    const again = await scene.run('apply', plan, '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(said(again)).toMatch(/5 message\(s\)/);
  });

  it('copies with --copy: the messages stay in order, and that they come again is said', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', numbered('m', 50));
    const ended = await scene.run('vhost', 'drain', '--copy', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(said(ended)).toContain('marked as redelivered');
    expect(await redelivered(scene, 'q')).toEqual(Array.from({ length: 50 }, () => true));
    expect(await scene.bodies('q')).toEqual(numbered('m', 50));
    const [drain = ''] = await scene.drains();
    const counted = await scene.run('vhost', 'messages', drain, '--count', '--output', 'json');
    expect(JSON.stringify(counted.lines)).toContain('"total":50');
  });

  it('suggests the right name for a queue that is not there', async () => {
    const scene = await messageScene();
    await scene.queue('esr.queue.saved');
    const ended = await scene.run('vhost', 'drain', '--queue', 'esr.queue.svaed', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(4);
    expect(said(ended)).toContain('Did you mean `esr.queue.saved`?');
    expect(await scene.drains()).toEqual([]);
  });

  it('refuses streams, exclusive queues and copies that spend a limit when they are named, and leaves the first two out otherwise', async () => {
    const scene = await messageScene();
    await scene.queue('s', { 'x-queue-type': 'stream' });
    await scene.queue('l', { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 });
    await scene.queue('q');
    await scene.publish('l', numbered('l', 3));
    await scene.publish('q', ['one']);
    const { amqp, user: username, password } = servers().rabbit;
    const login = { protocol: 'amqp', hostname: amqp.host, port: amqp.port, vhost: scene.vhost.name };
    const connection = await connect({ ...login, username, password });
    onTestFinished(() => connection.close());
    await (await connection.createChannel()).assertQueue('x', { exclusive: true });

    for (const [queue, why, ...flags] of [
      ['s', /Queue s can't be drained: it is a stream/],
      ['x', /Queue x can't be drained: it is exclusive/],
      ['l', /limit of 2 deliveries/, '--copy'],
    ] as const) {
      const refused = await scene.run('vhost', 'drain', '--queue', queue, ...flags, '--yes');
      expect(refused.exitCode, refused.stderr).toBe(4);
      expect(said(refused)).toMatch(why);
    }
    expect(await scene.drains()).toEqual([]);
    const ended = await scene.run('vhost', 'drain', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(said(ended)).toContain('s is left out: it is a stream');
    expect(said(ended)).toContain('x is left out: it is exclusive');
    const [drain = ''] = await scene.drains();
    const counted = await scene.run('vhost', 'messages', drain, '--count', '--output', 'json');
    expect(JSON.stringify(counted.lines)).toContain('"queues":{"l":3,"q":1}');
  });

  it('is blocked when the vhost is down', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.vhost.breakDown();
    const ended = await scene.run('vhost', 'drain', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(4);
    expect(said(ended)).toContain(`Vhost ${scene.vhost.name} is down: nothing can be read from its queues.`);
    expect(await scene.drains()).toEqual([]);
  });

  it('changes nothing in a dry run and takes no message', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', numbered('m', 20));
    const before = await mustApi('GET', `/api/definitions/${scene.vhost.segment}`);
    const ended = await scene.run('vhost', 'drain', '--dry-run');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout + ended.stderr).toMatch(/[Nn]othing was changed/);
    expect(await scene.drains()).toEqual([]);
    expect(await mustApi('GET', `/api/definitions/${scene.vhost.segment}`)).toEqual(before);
    expect(await ready(scene, 'q')).toBe(20);
    expect(await redelivered(scene, 'q')).toEqual(Array.from({ length: 20 }, () => false));
  });
});
