import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { httpApi, mustApi } from '../support/servers.ts';
import { messageScene, numbered, said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Drains everything and gives the drain's name. */
async function drained(scene: MessageScene): Promise<string> {
  const ended = await scene.run('vhost', 'drain', '--yes');
  expect(ended.exitCode, ended.stderr).toBe(0);
  return (await scene.drains()).at(-1) ?? 'none';
}

/** Names of the exchanges that are not the broker's own. */
async function exchanges({ vhost }: MessageScene): Promise<readonly string[]> {
  const listed = (await mustApi('GET', `/api/exchanges/${vhost.segment}?columns=name`)) as readonly { name: string }[];
  return listed.map(({ name }) => name).filter((name) => name !== '' && !name.startsWith('amq.'));
}

describe('vhost restore', () => {
  it('puts each message back into its queue, sends nothing a second time, and says both', async () => {
    const scene = await messageScene();
    for (const queue of ['a', 'b']) await scene.queue(queue);
    await scene.publish('a', numbered('a', 30));
    await scene.publish('b', numbered('b', 20));
    const drain = await drained(scene);
    const rehearsed = await scene.run('vhost', 'restore', drain, '--dry-run');
    expect(rehearsed.exitCode, rehearsed.stderr).toBe(0);
    expect(rehearsed.stdout + rehearsed.stderr).toContain('50 message(s) are in it');
    expect(await scene.bodies('a')).toEqual([]);

    const ended = await scene.run('vhost', 'restore', drain, '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(said(ended)).toContain('50 message(s) confirmed by the broker');
    expect(await exchanges(scene)).toEqual([]);
    const again = await scene.run('vhost', 'restore', drain, '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(said(again)).toContain('0 message(s) confirmed by the broker');
    expect(said(again)).toContain('50 message(s) were confirmed before this session and not sent again');
    const taken = [await scene.take('a'), await scene.take('b')] as const;
    expect(taken[0].map(({ body }) => body.toString())).toEqual(numbered('a', 30));
    expect(taken[1].map(({ body }) => body.toString())).toEqual(numbered('b', 20));
    expect(new Set(taken[0].map(({ routingKey }) => routingKey.toString()))).toEqual(new Set(['a']));
  });

  it('keeps the exchange of what the default exchange brought, and no other', async () => {
    const scene = await messageScene();
    const v = scene.vhost.segment;
    for (const queue of ['own', 'bound']) await scene.queue(queue);
    await mustApi('PUT', `/api/exchanges/${v}/x`, { type: 'fanout', durable: true });
    await mustApi('POST', `/api/bindings/${v}/e/x/q/bound`, { routing_key: '', arguments: {} });
    await scene.publish('own', numbered('d', 3));
    // The key names another queue: the default exchange would bring it there.
    await scene.publish('own', numbered('x', 3), undefined, 'x');
    const ended = await scene.run('vhost', 'restore', await drained(scene), '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    const seen = async (queue: string) =>
      (await scene.take(queue)).map(({ exchange, routingKey, body }) => [
        exchange,
        routingKey.toString(),
        body.toString(),
      ]);
    expect(await seen('own')).toEqual(numbered('d', 3).map((body) => ['', 'own', body]));
    const bound = await seen('bound');
    expect(bound.map(([, key, body]) => [key, body])).toEqual(numbered('x', 3).map((body) => ['own', body]));
    expect(bound.every(([exchange]) => exchange?.startsWith('esr-ops.restore.'))).toBe(true);
  });

  it('restores one queue with --queue, the rest later, and suggests the right name of one', async () => {
    const scene = await messageScene();
    for (const queue of ['first', 'second']) await scene.queue(queue);
    await scene.publish('first', numbered('f', 10));
    await scene.publish('second', numbered('s', 10));
    const drain = await drained(scene);
    const wrong = await scene.run('vhost', 'restore', drain, '--queue', 'frist', '--yes');
    expect(wrong.exitCode, wrong.stderr).toBe(4);
    expect(said(wrong)).toContain('Did you mean `first`?');
    const one = await scene.run('vhost', 'restore', drain, '--queue', 'first', '--yes');
    expect(one.exitCode, one.stderr).toBe(0);
    expect(await scene.bodies('second')).toEqual([]);
    const rest = await scene.run('vhost', 'restore', drain, '--yes');
    expect(rest.exitCode, rest.stderr).toBe(0);
    expect(said(rest)).toContain('10 message(s) confirmed by the broker');
    expect([await scene.bodies('first'), await scene.bodies('second')]).toEqual([numbered('f', 10), numbered('s', 10)]);
  });

  it('restores through the exchanges with --to exchange; what nobody is bound for stays and is said', async () => {
    const scene = await messageScene();
    const v = scene.vhost.segment;
    for (const queue of ['one', 'two', 'lost']) await scene.queue(queue);
    await mustApi('PUT', `/api/exchanges/${v}/x`, { type: 'direct', durable: true });
    for (const [queue, key] of [
      ['one', 'both'],
      ['two', 'both'],
      ['lost', 'lost'],
    ] as const)
      await mustApi('POST', `/api/bindings/${v}/e/x/q/${queue}`, { routing_key: key, arguments: {} });
    await scene.publish('both', numbered('m', 5), undefined, 'x');
    await scene.publish('lost', numbered('l', 3), undefined, 'x');
    const drain = await drained(scene);
    await mustApi('DELETE', `/api/bindings/${v}/e/x/q/lost/lost`);
    const ended = await scene.run('vhost', 'restore', drain, '--to', 'exchange', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(5);
    expect(said(ended)).toContain('3 message(s) of lost were not taken by the broker (312 NO_ROUTE)');
    // Each of the two queues' copies was published again, and each delivers to both: that is what was asked for.
    expect((await scene.bodies('one')).length).toBe(10);
    expect((await scene.bodies('two')).length).toBe(10);
    // Bound again, only what was not taken is sent.
    await mustApi('POST', `/api/bindings/${v}/e/x/q/lost`, { routing_key: 'lost', arguments: {} });
    const again = await scene.run('vhost', 'restore', drain, '--to', 'exchange', '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await scene.bodies('lost')).toEqual(numbered('l', 3));
    expect(await scene.bodies('one')).toEqual([]);
  });

  it('refuses an unknown --to', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', ['m']);
    const ended = await scene.run('vhost', 'restore', await drained(scene), '--to', 'queues', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(4);
    expect(said(ended)).toContain('--to is queue, exchange or death');
  });

  it("parks CDC's messages that the replay sends again, and counts them", async () => {
    const scene = await messageScene();
    const v = scene.vhost.segment;
    await scene.queue('q');
    await mustApi('PUT', `/api/exchanges/${v}/maxwell`, { type: 'fanout', durable: true });
    await mustApi('POST', `/api/bindings/${v}/e/maxwell/q/q`, { routing_key: '', arguments: {} });
    const from = Date.parse('2026-03-22T06:25:00Z') / 1000;
    const change = (at: number, id: number): string => JSON.stringify({ database: 'tis', ts: at, data: { id } });
    const before = [change(from - 2, 1), change(from - 1, 2)];
    const after = [change(from, 3), change(from + 1, 4), change(from + 100, 5)];
    await scene.publish('tis.Placement', [...before, ...after, 'not JSON', '{"ts":"late"}'], undefined, 'maxwell');
    await scene.publish('q', [change(from + 5, 9)]);
    const drain = await drained(scene);
    const ended = await scene.run('vhost', 'restore', drain, '--skip-replayed-from', '2026-03-22T06:25:00Z', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(said(ended)).toContain(`3 message(s) parked in drain ${drain}: the replay sends them again`);
    expect(said(ended)).toContain('5 message(s) confirmed by the broker');
    expect(await scene.bodies('q')).toEqual([...before, 'not JSON', '{"ts":"late"}', change(from + 5, 9)]);
    // They were kept: without the flag they come, and nothing else does.
    const all = await scene.run('vhost', 'restore', drain, '--yes');
    expect(all.exitCode, all.stderr).toBe(0);
    expect(await scene.bodies('q')).toEqual(after);
  });

  it('refuses a damaged segment before anything is sent, saying file and place', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', numbered('m', 100));
    const drain = await drained(scene);
    const folder = join(scene.environment.dir, 'drains', drain);
    const [segment = ''] = (await readdir(folder)).filter((name) => name.startsWith('segment-'));
    const file = await open(join(folder, segment), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 3_000);
    await file.write(Buffer.from([byte.readUInt8(0) ^ 1]), 0, 1, 3_000);
    await file.close();
    for (const args of [
      ['vhost', 'restore', drain, '--yes'],
      ['vhost', 'messages', drain],
    ]) {
      const ended = await scene.run(...args);
      expect(ended.exitCode, ended.stderr).toBe(4);
      expect(ended.stderr.replace(/\s+/g, '')).toContain(`${folder}/${segment}`);
      expect(said(ended)).toMatch(/octet \d+ \(record \d+\)/);
      expect(ended.stdout).not.toContain('m 1');
    }
    expect(await scene.bodies('q')).toEqual([]);
    const listed = await scene.run('vhost', 'drains');
    expect(listed.exitCode, listed.stderr).toBe(0);
  });

  it('is blocked when a queue is gone: nothing is sent until it is there or others are chosen', async () => {
    const scene = await messageScene();
    for (const queue of ['kept', 'gone']) await scene.queue(queue);
    await scene.publish('kept', numbered('k', 3));
    await scene.publish('gone', numbered('g', 3));
    const drain = await drained(scene);
    await mustApi('DELETE', `/api/queues/${scene.vhost.segment}/gone`);
    const blocked = await scene.run('vhost', 'restore', drain, '--yes');
    expect(blocked.exitCode, blocked.stderr).toBe(4);
    expect(said(blocked)).toContain('Nothing is sent');
    expect(said(blocked)).toContain('gone');
    expect(await scene.bodies('kept')).toEqual([]);
    const chosen = await scene.run('vhost', 'restore', drain, '--queue', 'kept', '--yes');
    expect(chosen.exitCode, chosen.stderr).toBe(0);
    await scene.queue('gone');
    const rest = await scene.run('vhost', 'restore', drain, '--yes');
    expect(rest.exitCode, rest.stderr).toBe(0);
    expect([await scene.bodies('kept'), await scene.bodies('gone')]).toEqual([numbered('k', 3), numbered('g', 3)]);
  });

  it('keeps what a full queue refuses, ends unverified, and sends only that the next time', async () => {
    const scene = await messageScene();
    await scene.queue('q');
    await scene.publish('q', numbered('m', 10));
    const drain = await drained(scene);
    await mustApi('PUT', `/api/policies/${scene.vhost.segment}/full`, {
      pattern: '^q$',
      'apply-to': 'queues',
      definition: { 'max-length': 4, overflow: 'reject-publish' },
    });
    const ended = await scene.run('vhost', 'restore', drain, '--yes');
    expect(ended.exitCode, ended.stderr).toBe(5);
    const first = await scene.bodies('q');
    expect(said(ended)).toContain(`${10 - first.length} message(s) of q were not taken by the broker`);
    await httpApi('DELETE', `/api/policies/${scene.vhost.segment}/full`);
    const again = await scene.run('vhost', 'restore', drain, '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect([...first, ...(await scene.bodies('q'))].sort()).toEqual([...numbered('m', 10)].sort());
  });
});
