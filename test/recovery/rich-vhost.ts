import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { applyTopology } from '../../src/lab/apply-topology.ts';
import { demandOfBroker, seg, type BrokerAccess } from '../../src/lab/broker-http.ts';
import { breakVhost } from '../../src/lab/break-vhost.ts';
import type { ErlangChannel } from '../../src/lab/erlang.ts';
import { esrTopology, type Topology } from '../../src/lab/topology.ts';
import { esrOps, testEnvironment, type EnvironmentChanges, type TestEnvironment } from '../support/program.ts';
import { outsideView, type OutsideView } from '../support/outside-view.ts';
import { servers } from '../support/servers.ts';

/** A broker that a test may use: the shared one, or a private one that may be rebooted. */
export type SomeBroker = BrokerAccess & { readonly amqpUrl: string; readonly erlang: ErlangChannel };

/** A vhost shaped like the real one, with users and an operator's account that no other test has. */
export interface RichVhost {
  readonly name: string;
  readonly segment: string;
  /** Name that a user of the topology has in this test. */
  user(name: string): string;
  /** Password of every user of the topology. */
  readonly password: string;
  /** The tool's own account: an administrator. */
  readonly tool: { readonly name: string; readonly password: string };
  readonly broker: SomeBroker;
  readonly environment: TestEnvironment;
  /** One request to the broker; a refusal is an error. */
  api(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: Parameters<typeof demandOfBroker>[3],
  ): Promise<unknown>;
  view(): Promise<OutsideView | null>;
  breakDown(): Promise<void>;
  /** Runs the program against this vhost. */
  run(...args: string[]): ReturnType<typeof esrOps>;
  remove(): Promise<void>;
}

/** What a test wants to be different. */
export interface RichOptions {
  readonly name?: string;
  readonly broker?: SomeBroker;
  /** Replaces parts of the section `rabbitmq`. */
  readonly rabbitmq?: Readonly<Record<string, unknown>>;
  readonly changes?: EnvironmentChanges;
  /** False: an empty vhost without the topology. */
  readonly topology?: boolean;
}

/** Makes the vhost, its users and an environment whose tool has an account of its own. */
export async function richVhost(options: RichOptions = {}): Promise<RichVhost> {
  const mark = randomBytes(4).toString('hex');
  const name = options.name ?? `rich-${mark}`;
  const segment = seg(name);
  const broker: SomeBroker = options.broker ?? servers().rabbit;
  const password = `pw-${mark}`;
  const tool = { name: `ops-${mark}`, password: `ops-pw-${mark}` };
  const api: RichVhost['api'] = (method, path, body) => demandOfBroker(broker, method, path, body);

  await api('PUT', `/api/users/${tool.name}`, { password: tool.password, tags: 'administrator' });
  await api('PUT', `/api/vhosts/${segment}`, {});
  await api('PUT', `/api/permissions/${segment}/${tool.name}`, { configure: '.*', write: '.*', read: '.*' });
  const topology: Topology = {
    ...esrTopology,
    vhost: name,
    users: esrTopology.users.map((user) => ({ ...user, name: `${user.name}-${mark}` })),
  };
  if (options.topology !== false) {
    await applyTopology(broker, topology, {
      users: Object.fromEntries(topology.users.map((user) => [user.name, password])),
      federation: `fed-${mark}`,
    });
    await hostileExtras(api, segment);
  }
  const environment = await testEnvironment(name, options.changes);
  await writeOwnAccount(environment, { ...options, broker }, tool, name);
  return {
    name,
    segment,
    user: (user) => `${user}-${mark}`,
    password,
    tool,
    broker,
    environment,
    api,
    view: () => outsideView(broker, name),
    breakDown: () => breakVhost(broker.erlang, name),
    run: (...args) => esrOps(args, environment),
    remove: async () => {
      for (const path of [
        `vhosts/${segment}`,
        `user-limits/${tool.name}/max-connections`,
        ...[tool.name, ...topology.users.map((user) => user.name)].map((user) => `users/${seg(user)}`),
      ]) {
        await api('DELETE', `/api/${path}`).catch(() => undefined);
      }
      await environment.remove();
    },
  };
}

/** What real exports hold besides: other kinds of queues and exchanges, and names that are legal and unkind. */
async function hostileExtras(api: RichVhost['api'], v: string): Promise<void> {
  await api('PUT', `/api/exchanges/${v}/x.transient`, { type: 'fanout', durable: false });
  await api('PUT', `/api/exchanges/${v}/x.internal`, { type: 'direct', durable: true, internal: true });
  await api('PUT', `/api/queues/${v}/q.quorum`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const name of ['/', 'é ☃ %2F?#', ' with  spaces ', '"quoted" \\ \'name\'', '../..', '-x', 'a,b;c|d']) {
    await api('PUT', `/api/queues/${v}/${seg(name)}`, { durable: true, arguments: {} });
    await api('PUT', `/api/exchanges/${v}/${seg(`x ${name}`)}`, { type: 'direct', durable: true });
    await api('POST', `/api/bindings/${v}/e/${seg(`x ${name}`)}/q/${seg(name)}`, {
      routing_key: `${name} %2F`,
      arguments: { 'x-é': [1, 'two', true, 1.5], big: 9007199254740991 },
    });
  }
}

async function writeOwnAccount(
  environment: TestEnvironment,
  options: RichOptions & { readonly broker: SomeBroker },
  tool: RichVhost['tool'],
  vhost: string,
): Promise<void> {
  const file = join(environment.home, 'config.yaml');
  const config = parse(await readFile(file, 'utf8')) as {
    environments: { test: Record<string, unknown> };
  };
  const secret = join(environment.home, 'tool-password');
  await writeFile(secret, tool.password, { mode: 0o600 });
  config.environments.test['rabbitmq'] = {
    management: options.broker.managementUrl,
    amqp: options.broker.amqpUrl,
    user: tool.name,
    password: { file: secret },
    vhost,
    expected: { consumers: 0 },
    ...options.rabbitmq,
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}
