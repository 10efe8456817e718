import { randomBytes } from 'node:crypto';
import amqp from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePermissions, compareSnapshots } from '../../../src/core/definitions.ts';
import type { VhostSnapshot } from '../../../src/core/vhost.ts';
import { createRabbitReader } from '../../../src/services/rabbitmq/reader.ts';
import { createRabbitWriter } from '../../../src/services/rabbitmq/writer.ts';
import { freshVhost, httpApi, mustApi, servers, type TestVhost } from '../../support/servers.ts';
import { rabbitAccess } from '../../support/rabbit-access.ts';

let vhost: TestVhost;
let other: string;
beforeEach(async () => {
  vhost = await freshVhost();
  other = `recreate-${randomBytes(4).toString('hex')}`;
  await mustApi('PUT', `/api/users/${other}`, { password: 'o', tags: '' });
});
afterEach(async () => {
  await vhost.remove();
  await httpApi('DELETE', `/api/users/${other}`);
});

async function rich(): Promise<void> {
  const v = vhost.segment;
  await mustApi('PUT', `/api/vhosts/${v}`, { description: 'ESR, the real one', tags: 'esr,live', tracing: false });
  for (const type of ['POR', 'POS', 'ASG']) {
    for (const stage of ['split', 'saved']) {
      await mustApi('PUT', `/api/queues/${v}/esr.queue.${type}.${stage}`, {
        durable: true,
        arguments: { 'x-dead-letter-exchange': 'esr.dlx', 'x-max-length': 100000, 'x-message-ttl': 86400000 },
      });
    }
  }
  await mustApi('PUT', `/api/queues/${v}/esr.dlq`, { durable: true, arguments: { 'x-queue-mode': 'lazy' } });
  await mustApi('PUT', `/api/queues/${v}/quorum%20%C3%A9`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await mustApi('PUT', `/api/queues/${v}/transient`, { durable: false, auto_delete: true });
  await mustApi('PUT', `/api/exchanges/${v}/esr.exchange`, {
    type: 'topic',
    durable: true,
    arguments: { 'alternate-exchange': 'esr.dlx' },
  });
  await mustApi('PUT', `/api/exchanges/${v}/esr.dlx`, { type: 'fanout', durable: true });
  await mustApi('PUT', `/api/exchanges/${v}/maxwell`, { type: 'fanout', durable: false });
  await mustApi('PUT', `/api/exchanges/${v}/inner`, { type: 'headers', durable: true, internal: true });
  await mustApi('POST', `/api/bindings/${v}/e/esr.exchange/q/esr.queue.POR.split`, { routing_key: 'POR.#' });
  await mustApi('POST', `/api/bindings/${v}/e/esr.exchange/q/esr.queue.POR.split`, {
    routing_key: 'POR.#',
    arguments: { n: 1, list: [1, 'two'] },
  });
  await mustApi('POST', `/api/bindings/${v}/e/esr.dlx/q/esr.dlq`, {});
  await mustApi('POST', `/api/bindings/${v}/e/esr.exchange/e/inner`, {
    routing_key: '*',
    arguments: { 'x-match': 'all', a: 'b' },
  });
  await mustApi('POST', `/api/bindings/${v}/e/amq.topic/q/transient`, { routing_key: 'a.b' });
  await mustApi('PUT', `/api/policies/${v}/p%2F1`, {
    pattern: '^esr',
    definition: { 'max-length': 5000 },
    priority: 7,
    'apply-to': 'queues',
  });
  await mustApi('PUT', `/api/operator-policies/${v}/op`, {
    pattern: '.*',
    definition: { 'max-length': 9000 },
    priority: 1,
    'apply-to': 'queues',
  });
  await mustApi('PUT', `/api/vhost-limits/${v}/max-queues`, { value: 10 });
  await mustApi('PUT', `/api/vhost-limits/${v}/max-connections`, { value: 70 });
  await mustApi('PUT', `/api/parameters/federation-upstream/${v}/up`, {
    value: { uri: 'amqp://u:pass-word@127.0.0.1:1', expires: 3600000 },
  });
  await mustApi('PUT', `/api/permissions/${v}/${other}`, { configure: '', write: '^esr', read: '.*' });
  await mustApi('PUT', `/api/topic-permissions/${v}/${other}`, { exchange: 'esr.exchange', write: '^POR', read: '.*' });
  await mustApi('PUT', `/api/topic-permissions/${v}/${other}`, { exchange: '', write: 'a', read: '.*' });
}

async function recreate(snapshot: VhostSnapshot): Promise<void> {
  const writer = createRabbitWriter(rabbitAccess());
  await writer.deleteVhost(snapshot.vhost);
  await writer.createVhost(snapshot.vhost, snapshot.metadata);
  await writer.importDefinitions(snapshot.vhost, snapshot.definitions);
  for (const policy of snapshot.operatorPolicies) await writer.setOperatorPolicy(snapshot.vhost, policy);
  for (const [name, value] of Object.entries(snapshot.limits)) await writer.setLimit(snapshot.vhost, name, value);
  for (const permission of snapshot.permissions) await writer.setPermission(snapshot.vhost, permission);
  for (const permission of snapshot.topicPermissions) await writer.setTopicPermission(snapshot.vhost, permission);
}

describe('deleting, creating and importing', () => {
  it('gives back a rich vhost without a difference, from down as well', async () => {
    await rich();
    const reader = createRabbitReader(rabbitAccess());
    const before = await reader.snapshot(vhost.name);
    expect(before.definitions.queues).toHaveLength(9);
    expect(before.depths).toHaveLength(9);
    expect(before.definitions.parameters.map((parameter) => parameter['component'])).toEqual(['federation-upstream']);
    expect(before.limits).toEqual({ 'max-queues': 10, 'max-connections': 70 });
    await vhost.breakDown();
    const down = await reader.snapshot(vhost.name);
    expect(down.status.state).toBe('down');
    expect(compareSnapshots(before, down)).toEqual([]);
    await recreate(down);
    const after = await reader.snapshot(vhost.name);
    expect(after.status.state).toBe('running');
    expect(compareSnapshots(before, after)).toEqual([]);
    expect(comparePermissions(before, after)).toEqual([]);
  });

  it('has a difference when another client declared an exchange first: the import answers all the same', async () => {
    await rich();
    const reader = createRabbitReader(rabbitAccess());
    const before = await reader.snapshot(vhost.name);
    const writer = createRabbitWriter(rabbitAccess());
    await writer.deleteVhost(vhost.name);
    await writer.createVhost(vhost.name, before.metadata);
    await mustApi('PUT', `/api/exchanges/${vhost.segment}/esr.exchange`, { type: 'fanout', durable: false });
    await writer.importDefinitions(vhost.name, before.definitions);
    const found = compareSnapshots(before, await reader.snapshot(vhost.name)).filter(({ kind }) => kind === 'exchange');
    expect(found).toMatchObject([{ is: 'changed', name: 'esr.exchange' }]);
  });

  it('reports connections with their users and names, depths, and closes them', async () => {
    const { rabbit } = servers();
    await rich();
    await mustApi('PUT', `/api/permissions/${vhost.segment}/${other}`, { configure: '.*', write: '.*', read: '.*' });
    const url = `${rabbit.amqpUrl.replace('://', `://${other}:o@`)}/${vhost.segment}`;
    const connection = await amqp.connect(url, { clientProperties: { connection_name: 'the consumer' } });
    connection.on('error', () => undefined);
    const closed = new Promise((resolve) => connection.on('close', resolve));
    const channel = await connection.createChannel();
    await channel.consume('esr.dlq', () => undefined);
    await channel.consume('quorum é', () => undefined);
    channel.sendToQueue('esr.queue.POS.saved', Buffer.from('x'), { persistent: true });
    const reader = createRabbitReader(rabbitAccess());
    await expect
      .poll(async () => (await reader.connections(vhost.name)).map((each) => each.user), { timeout: 60_000 })
      .toEqual([other]);
    const [found] = await reader.connections(vhost.name);
    expect(found?.clientName).toContain('the consumer');
    expect(found?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    const count = (name: string) => async () => (await reader.depths(vhost.name))?.find(({ queue }) => queue === name);
    await expect.poll(count('esr.dlq'), { timeout: 60_000 }).toMatchObject({ consumers: 1 });
    await expect.poll(count('quorum é'), { timeout: 60_000 }).toMatchObject({ consumers: 1, messages: 0 });
    await expect.poll(count('esr.queue.POS.saved'), { timeout: 60_000 }).toMatchObject({ messages: 1 });
    await createRabbitWriter(rabbitAccess()).closeConnection(found!.name, 'recovery of the vhost');
    await closed;
    await expect(createRabbitWriter(rabbitAccess()).closeConnection(found!.name, 'again')).resolves.toBeUndefined();
  });

  it('refuses an import that a limit of queues does not allow, and says that part may have been made', async () => {
    await mustApi('PUT', `/api/vhost-limits/${vhost.segment}/max-queues`, { value: 1 });
    const queues = ['a', 'b'].map((name) => ({ name, durable: true, auto_delete: false, arguments: {} }));
    const imported = createRabbitWriter(rabbitAccess()).importDefinitions(vhost.name, {
      queues,
      exchanges: [],
      bindings: [],
      policies: [],
      parameters: [],
    });
    await expect(imported).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.refused', details: { sent: true, status: 400 } }],
    });
  });

  it('holds many queues with bindings in little memory', async () => {
    // All 5,000 by `npm run torture -- queues`; the bench recreates as many with the program.
    const many = Number(process.env['ESR_OPS_QUEUES'] ?? 1_500);
    const names = Array.from({ length: many }, (_, index) => `esr.queue.${String(index).padStart(5, '0')}`);
    const writer = createRabbitWriter(rabbitAccess({ slowTimeoutMs: 300_000 }));
    const reader = createRabbitReader(rabbitAccess({ slowTimeoutMs: 300_000 }));
    const took: string[] = [];
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const from = performance.now();
      const result = await work();
      took.push(`${what} ${Math.round(performance.now() - from)} ms`);
      return result;
    };
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const base = process.memoryUsage().rss;
    const wanted = {
      queues: names.map((name) => ({
        name,
        durable: true,
        auto_delete: false,
        arguments: { 'x-dead-letter-exchange': 'esr.exchange' },
      })),
      exchanges: [
        { name: 'esr.exchange', type: 'topic', durable: true, auto_delete: false, internal: false, arguments: {} },
      ],
      bindings: names.map((name) => ({
        source: 'esr.exchange',
        destination: name,
        destination_type: 'queue',
        routing_key: `${name}.#`,
        arguments: {},
      })),
      policies: [],
      parameters: [],
    };
    await timed('import', () => writer.importDefinitions(vhost.name, wanted));
    const snapshot = await timed('snapshot', () => reader.snapshot(vhost.name));
    expect(snapshot.definitions.queues).toHaveLength(many);
    expect(snapshot.depths).toHaveLength(many);
    const differences = await timed('compare', () =>
      Promise.resolve(compareSnapshots({ ...snapshot, definitions: wanted }, snapshot)),
    );
    expect(differences).toEqual([]);
    clearInterval(watch);
    console.log(
      `${many} queues: ${took.join(', ')}; memory ${Math.round(base / 2 ** 20)} MB before, ${Math.round(peak / 2 ** 20)} MB at most`,
    );
    expect(peak).toBeLessThan(300 * 2 ** 20);
  }, 300_000);
});
