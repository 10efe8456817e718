import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCanary } from '../../../src/services/rabbitmq/canary-writer.ts';
import { createRabbitReader } from '../../../src/services/rabbitmq/reader.ts';
import { createReadTransport } from '../../../src/services/rabbitmq/transport.ts';
import { createWriteTransport } from '../../../src/services/rabbitmq/write-transport.ts';
import { createRabbitWriter } from '../../../src/services/rabbitmq/writer.ts';
import { freshVhost, httpApi, mustApi, servers, type TestVhost } from '../../support/servers.ts';
import { rabbitAccess } from '../../support/rabbit-access.ts';

const name = 'esr-ops.canary.0a1b2c';
let vhost: TestVhost;
beforeEach(async () => {
  vhost = await freshVhost();
});
afterEach(() => vhost.remove());

const canary = () => createRabbitWriter(rabbitAccess()).canary(vhost.name, name);
const left = () => createRabbitReader(rabbitAccess()).canaries(vhost.name);
const put = (path: string, body: Parameters<typeof mustApi>[2]) =>
  mustApi('PUT', path.replace('{v}', vhost.segment), body);

describe('the canary', () => {
  it('goes through the store of a running vhost and leaves nothing', async () => {
    const before = await createRabbitReader(rabbitAccess()).definitions(vhost.name);
    expect((await canary()).evidence.join()).toContain('equal');
    expect(await left()).toEqual([]);
    expect(await createRabbitReader(rabbitAccess()).definitions(vhost.name)).toEqual(before);
  });

  it('fails in a vhost that is down, where the broker takes its definitions and drops its queue in silence', async () => {
    await vhost.breakDown();
    await expect(canary()).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.canary-failed', exit: 'failed' }] });
    expect(await left()).toEqual([]);
  });

  it.each([
    ['a time to live of 0', { 'message-ttl': 0 }],
    ['a maximum length of 0', { 'max-length': 0 }],
    ['a maximum length of 0 that rejects', { 'max-length': 0, overflow: 'reject-publish' }],
  ])('says that it proves nothing under a policy for everything with %s', async (_what, definition) => {
    await put('/api/policies/{v}/everything', { pattern: '.*', definition });
    await expect(canary()).rejects.toMatchObject({
      problems: [
        {
          code: 'rabbitmq.canary-inconclusive',
          exit: 'unverified',
          message: expect.stringContaining('policy "everything"') as string,
        },
      ],
    });
    expect(await left()).toEqual([]);
  });

  it('never gets into a dead-letter or alternate queue of others', async () => {
    await put('/api/exchanges/{v}/dlx', { type: 'fanout', durable: true });
    await put('/api/queues/{v}/dead', { durable: true });
    await mustApi('POST', `/api/bindings/${vhost.segment}/e/dlx/q/dead`, {});
    const everything = { 'dead-letter-exchange': 'dlx', 'alternate-exchange': 'dlx', 'message-ttl': 0 };
    await put('/api/policies/{v}/everything', { pattern: '^(?!dead$).*', definition: everything });
    const got = () =>
      mustApi('POST', `/api/queues/${vhost.segment}/dead/get`, {
        count: 1,
        ackmode: 'ack_requeue_false',
        encoding: 'auto',
      });
    // That the policy does dead-letter other messages shows that the test can fail.
    await put('/api/queues/{v}/other', { durable: true });
    await mustApi('POST', `/api/exchanges/${vhost.segment}/amq.default/publish`, {
      properties: {},
      routing_key: 'other',
      payload: 'x',
      payload_encoding: 'string',
    });
    await expect.poll(got).toHaveLength(1);
    await expect(canary()).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.canary-inconclusive' }] });
    await sleep(200);
    expect(await got()).toEqual([]);
  });

  it("says that it can't be sent where the number of queues is limited", async () => {
    await put('/api/vhost-limits/{v}/max-queues', { value: 0 });
    await expect(canary()).rejects.toMatchObject({
      problems: [
        {
          code: 'rabbitmq.canary-impossible',
          details: { sent: false },
          message: expect.stringContaining('max-queues') as string,
        },
      ],
    });
    expect(await left()).toEqual([]);
  });

  it("says that it can't be sent where connections are limited", async () => {
    await put('/api/vhost-limits/{v}/max-connections', { value: 0 });
    await expect(canary()).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.canary-impossible', message: expect.stringContaining('max-connections') as string }],
    });
    expect(await left()).toEqual([]);
  });

  it("says that it can't be sent while its own user is held off", async () => {
    const user = `canary-${vhost.name}`;
    await mustApi('PUT', `/api/users/${user}`, { password: 'c', tags: 'administrator' });
    await put(`/api/permissions/{v}/${user}`, { configure: '.*', write: '.*', read: '.*' });
    const writer = createRabbitWriter(rabbitAccess({ user, password: () => Promise.resolve('c') }));
    try {
      await writer.setUserLimit(user, 'max-connections', 0);
      expect(await createRabbitReader(rabbitAccess()).userLimits(user)).toEqual({ 'max-connections': 0 });
      await expect(writer.canary(vhost.name, name)).rejects.toMatchObject({
        problems: [{ code: 'rabbitmq.canary-impossible', exit: 'unverified' }],
      });
      expect(await left()).toEqual([]);
      await writer.clearUserLimit(user, 'max-connections');
      await expect(writer.canary(vhost.name, name)).resolves.toBeDefined();
    } finally {
      await httpApi('DELETE', `/api/users/${user}`);
    }
  });

  it('is not begun without a permission on the vhost', async () => {
    await mustApi('DELETE', `/api/permissions/${vhost.segment}/${servers().rabbit.user}`);
    await expect(canary()).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.canary-impossible' }] });
    expect(await left()).toEqual([]);
  });

  it('goes by itself when the program dies half-way, and can be removed before', async () => {
    const { get } = createReadTransport(rabbitAccess());
    const { send } = createWriteTransport(rabbitAccess());
    for (const dieAt of ['/publish', '/get', 'DELETE']) {
      const dying: typeof send = async (method, path, options) => {
        if (method === 'DELETE' || (dieAt !== 'DELETE' && path.endsWith(dieAt))) throw new Error('dead');
        return await send(method, path, options);
      };
      await expect(runCanary({ get, send: dying, user: rabbitAccess().user }, vhost.name, name, 1500)).rejects.toThrow(
        'dead',
      );
      expect(await left()).toEqual([name]);
      if (dieAt === 'DELETE') await createRabbitWriter(rabbitAccess()).removeCanary(vhost.name, name);
      await expect.poll(left).toEqual([]);
    }
  });
});
