import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakVhost } from '../../src/lab/break-vhost.ts';
import { askBroker, demandOfBroker } from '../../src/lab/broker-http.ts';
import { startRabbit, type RabbitNode } from '../../src/lab/rabbitmq-node.ts';
import { until } from '../../src/lab/until.ts';
import { esrOps, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { joinSecondNode, type SecondNode } from '../support/second-node.ts';

describe('a vhost that is down on one node of a cluster of two', { timeout: 180_000 }, () => {
  let dir: string;
  let first: RabbitNode;
  let second: SecondNode;
  const environments: TestEnvironment[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'esr-ops-cluster-'));
    const labId = `cluster-${randomBytes(4).toString('hex')}`;
    await mkdir(join(dir, 'a'), { mode: 0o700 });
    first = await startRabbit({ dir: join(dir, 'a'), labId });
    second = await joinSecondNode(first, labId, join(dir, 'b'));
  }, 180_000);
  afterAll(async () => {
    for (const environment of environments) await environment.remove();
    await second.kill();
    await first.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const environmentAt = async (amqp: string): Promise<TestEnvironment> => {
    const password = join(dir, 'password');
    await writeFile(password, first.password, { mode: 0o600 });
    const { managementUrl: management, user } = first;
    const rabbitmq = { management, amqp, user, password: { file: password }, vhost: 'esr', expected: { consumers: 0 } };
    const environment = await testEnvironment('esr', { rabbitmq });
    environments.push(environment);
    return environment;
  };
  const api = (method: 'GET' | 'PUT' | 'POST', path: string, body?: object) =>
    demandOfBroker(first, method, `/api/${path}`, body as never);
  const messages = async (): Promise<Readonly<Record<string, number | undefined>>> => {
    const listed = (await api('GET', 'queues/esr?columns=name,messages')) as { name: string; messages?: number }[];
    return Object.fromEntries(listed.map(({ name, messages: count }) => [name, count]));
  };

  it('is told of node by node, and what can be read is in its queues again after the recreation', async () => {
    await api('PUT', 'vhosts/esr', {});
    await api('PUT', `permissions/esr/${first.user}`, { configure: '.*', write: '.*', read: '.*' });
    await api('PUT', 'exchanges/esr/x', { type: 'topic', durable: true });
    for (const [queue, node] of [
      ['here', first.nodeName],
      ['there', second.nodeName],
    ] as const) {
      await api('PUT', `queues/esr/${queue}`, { durable: true, node });
      await api('POST', `bindings/esr/e/x/q/${queue}`, { routing_key: queue });
      for (const payload of ['1', '2', '3'])
        await api('POST', 'exchanges/esr/x/publish', {
          properties: { delivery_mode: 2 },
          ...{ routing_key: queue, payload, payload_encoding: 'string' },
        });
    }
    await breakVhost({ ...first.erlang, node: second.nodeName }, 'esr');
    const { body } = await askBroker(first, 'GET', '/api/vhosts/esr');
    expect(body).toMatchObject({ cluster_state: { [first.nodeName]: 'running', [second.nodeName]: 'stopped' } });

    const environment = await environmentAt(first.amqpUrl);
    const said = await esrOps(['diagnose', '--timeout', '20s', '--output', 'json'], environment);
    expect(said.exitCode).toBe(11);
    expect(said.stdout).toContain(`The vhost esr is down on ${second.nodeName} and runs on ${first.nodeName}.`);
    expect(said.stdout).toContain('Some of the work with ESR stands still and some goes on');
    expect(said.stdout).not.toContain('the interface stands still');

    const elsewhere = await esrOps(['recover', 'vhost', '-n'], await environmentAt(second.amqpUrl));
    expect(elsewhere.stdout.replace(/\s+/g, ' ')).toContain('the configured AMQP address leads to a node that has it');
    expect(elsewhere.stdout).toContain('A run would be refused: drain is blocked');

    const recovered = await esrOps(['recover', 'vhost', '--yes', '--confirm', 'recreate:esr'], environment);
    expect(recovered.exitCode, recovered.stderr + recovered.stdout).toBe(0);
    expect(recovered.stderr.replace(/\s+/g, ' ')).toContain("what is in there can't be read");
    await until('the listing', async () => (await messages())['here'] === 3, { atMostMs: 30_000 });
    expect(await messages()).toMatchObject({ here: 3, there: 0 });
  });

  it('is not taken for whole while a node is down: the broker leaves out the bindings of its queues', async () => {
    // Recreated, both queues are on the node that it was asked of.
    await api('PUT', 'queues/esr/away', { durable: true, node: second.nodeName });
    await api('POST', 'bindings/esr/e/x/q/away', { routing_key: 'away' });
    const environment = await environmentAt(first.amqpUrl);
    const good = await esrOps(['vhost', 'capture', '--yes'], environment);
    expect(good.exitCode, good.stderr).toBe(0);
    await second.kill();
    const nodes = () => api('GET', 'nodes?columns=running') as Promise<{ running: boolean }[]>;
    await until('the node to be missed', async () => (await nodes()).some(({ running }) => !running), {
      atMostMs: 60_000,
    });
    const refused = await esrOps(['recover', 'vhost', '-n', '--force-recreate'], environment);
    const said = refused.stdout.replace(/\s+/g, ' ');
    expect(said).toContain('A run would be refused: drain, recreate');
    expect(said).toContain('binding x -> away (away)');
  });
});
