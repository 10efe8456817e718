import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/lab/until.ts';
import { stayConnected } from '../../src/lab/programs/stay-connected.ts';
import { testEnvironment, type EnvironmentChanges, type TestEnvironment } from '../support/program.ts';
import { recordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';
import { freshVhost, httpApi, mustApi, servers, type TestVhost } from '../support/servers.ts';
import { worldOf, type VhostWorld } from './vhost-world.ts';

/** A vhost that is worth recovering, those who use it, and the program's way to it through a recording proxy. */
export interface Scene {
  readonly vhost: TestVhost;
  /** The program's own user: an administrator that exists for this scene only. */
  readonly me: string;
  readonly proxy: RecordingProxy;
  readonly environment: TestEnvironment;
  /** The vhost before its fault. */
  readonly before: VhostWorld;
  /** The two other users of the vhost, and what both log in with. */
  readonly others: { readonly reader: string; readonly writer: string; readonly password: string };
  /** Another environment of the same name and target with a state folder of its own: as on another host. */
  elsewhere(changes?: EnvironmentChanges, way?: WayToBroker): Promise<TestEnvironment>;
  /** Waits until the client that comes back again and again is in the vhost. */
  clientIsBack(): Promise<void>;
  /** How often the DELETE of the vhost itself was asked for. */
  deletes(): number;
  remove(): Promise<void>;
}

/** Changes to the section of the broker: other addresses, other time-outs. */
export interface WayToBroker {
  readonly management?: string;
  readonly amqp?: string;
  readonly timeoutMs?: number;
  readonly slowTimeoutMs?: number;
}

/** Options of {@link openScene}. */
export interface SceneOptions {
  /** `sick`: it runs, and a service that logs in as the program's own user is in it, too. Default `down`. */
  readonly fault?: 'down' | 'sick';
  /** With the database, and so with the fleet lock. Default false. */
  readonly database?: boolean;
  /** Consumers that a healthy vhost has. Default 0. */
  readonly consumers?: number;
  /** The program's way to the broker. Default: the recording proxy, with the usual time-outs. */
  readonly way?: WayToBroker;
}

const exchanges = [
  { name: 'app.events', type: 'topic', arguments: { 'alternate-exchange': 'app.unrouted' } },
  { name: 'app.changes', type: 'fanout', arguments: {} },
  { name: 'app.unrouted', type: 'fanout', arguments: {} },
  { name: 'app.dlx', type: 'topic', arguments: {} },
] as const;

const queues = [
  { name: 'app.split', arguments: { 'x-dead-letter-exchange': 'app.dlx', 'x-max-length': 5_000 } },
  { name: 'app.saved – überall', arguments: { 'x-dead-letter-exchange': 'app.dlx' } },
  { name: 'app.changes', arguments: { 'x-message-ttl': 86_400_000 } },
  { name: 'app.dlq', arguments: {} },
] as const;

const bindings = [
  ['app.events', 'q', 'app.split', 'app.POR.#', {}],
  ['app.events', 'q', 'app.saved – überall', 'app.*.saved', {}],
  ['app.events', 'e', 'app.changes', 'change.#', { 'x-note': 'kept' }],
  ['app.changes', 'q', 'app.changes', '', {}],
  ['app.unrouted', 'q', 'app.dlq', '', {}],
  ['app.dlx', 'q', 'app.dlq', '#', {}],
] as const;

/** Builds the vhost, connects its client, remembers how everything is, and brings the vhost down. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const id = randomBytes(5).toString('hex');
  const vhost = await freshVhost(`crash-${id}`);
  const v = vhost.segment;
  const [me, reader, writer] = [`ops-${id}`, `reader-${id}`, `writer-${id}`] as const;
  const password = randomBytes(12).toString('hex');
  const home = await mkdtemp(join(tmpdir(), 'esr-ops-scene-'));
  await writeFile(join(home, 'password'), password, { mode: 0o600 });
  const stop = new AbortController();
  const proxy = await recordingProxy(servers().rabbit.managementUrl);
  const environments: TestEnvironment[] = [];

  await mustApi('PUT', `/api/vhosts/${v}`, { description: 'a vhost – with all there is', tags: 'crash,test' });
  await mustApi('PUT', `/api/users/${me}`, { password, tags: 'administrator' });
  await mustApi('PUT', `/api/users/${reader}`, { password, tags: '' });
  await mustApi('PUT', `/api/users/${writer}`, { password, tags: '' });
  await mustApi('PUT', `/api/permissions/${v}/${me}`, { configure: '.*', write: '.*', read: '^.*$' });
  await mustApi('PUT', `/api/permissions/${v}/${reader}`, { configure: '^$', write: '^$', read: '^app\\.' });
  await mustApi('PUT', `/api/permissions/${v}/${writer}`, { configure: '^app\\.', write: '^app\\.', read: '.*' });
  const topic = { exchange: 'app.events', write: '^app\\.', read: '^app\\.#' };
  await mustApi('PUT', `/api/topic-permissions/${v}/${reader}`, { ...topic, write: '^$' });
  await mustApi('PUT', `/api/topic-permissions/${v}/${writer}`, topic);
  await mustApi('PUT', `/api/user-limits/${me}/max-connections`, { value: 77 });
  for (const { name, ...exchange } of exchanges)
    await mustApi('PUT', `/api/exchanges/${v}/${name}`, { ...exchange, durable: true });
  for (const { name, ...queue } of queues)
    await mustApi('PUT', `/api/queues/${v}/${encodeURIComponent(name)}`, { ...queue, durable: true });
  for (const [from, kind, to, routing_key, args] of bindings)
    await mustApi('POST', `/api/bindings/${v}/e/${from}/${kind}/${encodeURIComponent(to)}`, {
      routing_key,
      arguments: args,
    });
  const bounded = { pattern: '^app\\.', 'apply-to': 'queues', priority: 3, definition: { 'max-length': 10_000 } };
  await mustApi('PUT', `/api/policies/${v}/bounded`, bounded);
  await mustApi('PUT', `/api/operator-policies/${v}/ceiling`, { ...bounded, definition: { 'max-length': 99_000 } });
  await mustApi('PUT', `/api/vhost-limits/${v}/max-queues`, { value: 40 });
  await mustApi('PUT', `/api/vhost-limits/${v}/max-connections`, { value: 90 });
  // The administrator of all tests does not belong here, and an administrator reads everything all the same.
  await mustApi('DELETE', `/api/permissions/${v}/${servers().rabbit.user}`);

  let inside = false;
  const login = { ...servers().rabbit.amqp, vhost: vhost.name, password };
  const loops = [
    stayConnected({ ...login, user: writer, name: 'writer' }, stop.signal, async (connection) => {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      // In an empty vhost this one would come first, and the wrong one.
      await channel.assertExchange('app.events', 'fanout', { durable: false }).catch(() => undefined);
      inside = true;
      return () => {
        inside = false;
      };
    }),
  ];
  const clientIsBack = async (): Promise<void> => {
    await until('the client to be in the vhost', () => inside, { atMostMs: 60_000 });
  };
  await clientIsBack();
  if (options.fault === 'sick') {
    loops.push(
      stayConnected({ ...login, user: me, name: 'shared' }, stop.signal, () => Promise.resolve(() => undefined)),
    );
    await until(
      'the broker to list both',
      async () => {
        const listed = (await mustApi('GET', `/api/vhosts/${v}/connections`)) as readonly { user?: string }[];
        return listed.some(({ user }) => user === me) && listed.some(({ user }) => user === writer);
      },
      { atMostMs: 60_000 },
    );
  }

  const elsewhere = async (changes: EnvironmentChanges = {}, way: WayToBroker = {}): Promise<TestEnvironment> => {
    const environment = await testEnvironment(vhost.name, {
      rabbitmq: {
        management: proxy.url,
        amqp: servers().rabbit.amqpUrl,
        user: me,
        password: { file: join(home, 'password') },
        vhost: vhost.name,
        expected: { consumers: options.consumers ?? 0 },
        ...way,
      },
      ...(options.database === true ? {} : { mysql: undefined }),
      ...changes,
    });
    environments.push(environment);
    return environment;
  };
  const environment = await elsewhere({}, options.way);
  const before = await worldOf(vhost.segment, me);
  if (options.fault !== 'sick') await vhost.breakDown();
  return {
    vhost,
    me,
    proxy,
    environment,
    others: { reader, writer, password },
    before,
    elsewhere,
    clientIsBack,
    deletes: () =>
      proxy.requests.filter(({ method, path }) => method === 'DELETE' && path === `/api/vhosts/${v}`).length,
    remove: async () => {
      stop.abort();
      await Promise.all(loops);
      await proxy.close();
      await vhost.remove();
      for (const user of [me, reader, writer]) await httpApi('DELETE', `/api/users/${user}`);
      for (const each of environments) await each.remove();
      await rm(home, { recursive: true, force: true });
    },
  };
}
