import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRabbitReader } from '../../../src/services/rabbitmq/reader.ts';
import { createRabbitWriter } from '../../../src/services/rabbitmq/writer.ts';
import { freshVhost, httpApi, mustApi, servers, type TestVhost } from '../../support/servers.ts';
import { rabbitAccess } from '../../support/rabbit-access.ts';

const made: TestVhost[] = [];
const vhost = async (name?: string): Promise<TestVhost> => {
  const fresh = await freshVhost(name);
  made.push(fresh);
  return fresh;
};
afterEach(async () => {
  for (const each of made.splice(0)) await each.remove();
});

const tag = randomBytes(4).toString('hex');
const monitor = `states-monitor-${tag}`;
const nobody = `states-nobody-${tag}`;
beforeAll(async () => {
  await mustApi('PUT', `/api/users/${monitor}`, { password: 'm', tags: 'monitoring' });
  await mustApi('PUT', `/api/users/${nobody}`, { password: 'm', tags: '' });
});
afterAll(async () => {
  for (const user of [monitor, nobody]) await httpApi('DELETE', `/api/users/${user}`);
});
const m = () => Promise.resolve('m');

describe('states of a vhost', () => {
  it('running', async () => {
    const { name } = await vhost();
    const status = await createRabbitReader(rabbitAccess()).status(name);
    expect(status).toMatchObject({ state: 'running', nodes: { [servers().rabbit.nodeName]: 'running' } });
    expect(status.evidence).toHaveLength(2);
  });

  it('down, with the broker refusing to start it and saying why', async () => {
    const fresh = await vhost();
    await mustApi('PUT', `/api/queues/${fresh.segment}/q`, { durable: true });
    await fresh.breakDown();
    const reader = createRabbitReader(rabbitAccess());
    const status = await reader.status(fresh.name);
    expect(status).toMatchObject({ state: 'down', nodes: { [servers().rabbit.nodeName]: 'stopped' } });
    expect(status.evidence.join()).toMatch(/541 INTERNAL_ERROR - .* is down/);
    expect(await reader.depths(fresh.name)).toBeNull();
    const snapshot = await reader.snapshot(fresh.name);
    expect(snapshot).toMatchObject({ depths: null, definitions: { queues: [{ name: 'q' }] } });
    await expect(
      createRabbitWriter(rabbitAccess()).startVhost(fresh.name, servers().rabbit.nodeName),
    ).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.refused', details: { sent: false, status: 400 } }],
    });
  });

  it('down even for a user without permission on it', async () => {
    const fresh = await vhost();
    await fresh.breakDown();
    await mustApi('DELETE', `/api/permissions/${fresh.segment}/${servers().rabbit.user}`);
    expect((await createRabbitReader(rabbitAccess()).status(fresh.name)).state).toBe('down');
  });

  it('absent', async () => {
    const reader = createRabbitReader(rabbitAccess());
    const status = await reader.status('states nowhere');
    expect(status).toMatchObject({ state: 'absent', nodes: {} });
    expect(status.evidence.join()).toMatch(/404.*530 NOT_ALLOWED - vhost states nowhere not found/);
    for (const read of [
      () => reader.snapshot('states nowhere'),
      () => reader.depths('states nowhere'),
      () => reader.definitions('states nowhere'),
      () => reader.permissions('states nowhere'),
    ]) {
      await expect(read()).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.vhost-absent' }] });
    }
  });

  it('unpermitted, and depths known all the same', async () => {
    const fresh = await vhost();
    await mustApi('DELETE', `/api/permissions/${fresh.segment}/${servers().rabbit.user}`);
    const reader = createRabbitReader(rabbitAccess());
    const status = await reader.status(fresh.name);
    expect(status.state).toBe('unpermitted');
    expect(status.evidence.join()).toMatch(/530 NOT_ALLOWED - access to vhost .* refused for user/);
    expect(await reader.depths(fresh.name)).toEqual([]);
  });

  it('running although a connection limit keeps this user out', async () => {
    const fresh = await vhost();
    await mustApi('PUT', `/api/vhost-limits/${fresh.segment}/max-connections`, { value: 0 });
    const status = await createRabbitReader(rabbitAccess()).status(fresh.name);
    expect(status.state).toBe('running');
    expect(status.evidence.join()).toContain('connection limit (0) is reached');
  });

  it('known from HTTP alone when AMQP does not answer, and says so', async () => {
    const fresh = await vhost();
    const reader = createRabbitReader(rabbitAccess({ amqp: 'amqp://127.0.0.1:1' }));
    expect(await reader.status(fresh.name)).toMatchObject({ state: 'running' });
    await fresh.breakDown();
    const status = await reader.status(fresh.name);
    expect(status.state).toBe('down');
    expect(status.evidence.join()).toContain('AMQP could not be tried');
  });

  it.each<[string, Parameters<typeof rabbitAccess>[0], string, string]>([
    ['a wrong password', { password: () => Promise.resolve('wrong-pass-word') }, 'rabbitmq.unauthorised', 'usage'],
    ['an unknown user', { user: 'no-such-user' }, 'rabbitmq.unauthorised', 'usage'],
    ['a user without the administrator tag', { user: monitor, password: m }, 'rabbitmq.not-administrator', 'usage'],
    ['a user without any tag', { user: nobody, password: m }, 'rabbitmq.not-administrator', 'usage'],
    ['nothing listening', { management: 'http://127.0.0.1:1' }, 'rabbitmq.unreachable', 'unreachable'],
    ['an unknown host', { management: 'http://broker.invalid' }, 'rabbitmq.unreachable', 'unreachable'],
  ])('%s', async (_what, change, code, exit) => {
    const { name } = await vhost();
    const error: unknown = await createRabbitReader(rabbitAccess(change))
      .snapshot(name)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problems: [{ code, exit }] });
    expect(JSON.stringify(error)).not.toContain('wrong-pass-word');
  });
});

describe('names', () => {
  const legal = [
    '/',
    'é ü ß 漢字',
    'a b%2F',
    '%',
    '?x=1&y',
    '#',
    "a' is down",
    'x not found',
    '"\\',
    'a/../b',
    'ctl\u0007\u202e',
    `é${'x'.repeat(253)}`,
    'limit is reached '.repeat(15),
  ];
  it.each(legal)('%j works as a vhost', async (name) => {
    const access = rabbitAccess();
    const [reader, writer] = [createRabbitReader(access), createRabbitWriter(access)];
    if (name !== '/') made.push(await freshVhost(name));
    expect(await reader.vhosts()).toContain(name);
    expect((await reader.status(name)).state).toBe('running');
    if (name === '/') return;
    await writer.importDefinitions(name, {
      queues: [{ name: '/é?#% ', durable: true, auto_delete: false, arguments: {} }],
      exchanges: [{ name: 'x/..', type: 'topic', durable: true, auto_delete: false, internal: false, arguments: {} }],
      bindings: [{ source: 'x/..', destination: '/é?#% ', destination_type: 'queue', routing_key: '#', arguments: {} }],
      policies: [],
      parameters: [],
    });
    expect((await reader.definitions(name)).bindings).toHaveLength(1);
    expect((await reader.snapshot(name)).status.evidence.join()).not.toMatch(/[\u0007\u202e]/);
    await writer.clearPermission(name, access.user);
    expect((await reader.status(name)).state).toBe('unpermitted');
    await writer.deleteVhost(name);
    expect((await reader.status(name)).state).toBe('absent');
  });

  it.each(['.', '..', ''])('%j is refused, because the broker would act on something else', async (name) => {
    await expect(createRabbitReader(rabbitAccess()).status(name)).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.unaddressable' }],
    });
    await expect(createRabbitWriter(rabbitAccess()).deleteVhost(name)).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.unaddressable' }],
    });
  });
});
