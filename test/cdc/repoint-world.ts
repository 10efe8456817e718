import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import { askBroker, demandOfBroker, seg } from '../../src/lab/broker-http.ts';
import { readProperties } from '../../src/lab/cdc/maxwell-properties.ts';
import { until } from '../../src/lab/until.ts';
import type { CdcLab } from './cdc-lab.ts';
import { cdcWorld, type CdcWorld } from './reset-world.ts';

/** A CDC that runs, and a second vhost with all that it needs there and a user of the broker for it. */
export interface RepointWorld extends CdcWorld {
  /** The second vhost, and its user. */
  readonly to: string;
  /** Password of that user, only in a file that the configuration names. */
  readonly secret: string;
  readonly file: string;
  /** Vhosts in which either user is connected, sorted. */
  connectedTo(): Promise<readonly string[]>;
  /** Asks the broker, as its administrator; `{v}` is the second vhost. */
  broker(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: Parameters<typeof demandOfBroker>[3]): Promise<void>;
  settings(): Promise<ReadonlyMap<string, string>>;
  /** Changes the environment of the configuration. */
  configure(change: (environment: JsonObject) => JsonObject): Promise<void>;
}

/** Makes one, its CDC connected to its first vhost. */
export async function repointWorld(scene: CdcLab, clientId: string): Promise<RepointWorld> {
  const world = await cdcWorld(scene, clientId);
  const { rabbitmq } = scene.lab.running;
  const access = { ...rabbitmq, password: await readFile(rabbitmq.passwordFile, 'utf8') };
  const to = `${clientId}-new`;
  const secret = `planted/${clientId}+${'s'.repeat(8)}`;
  const { home } = world.environment;
  const file = join(home, 'config.properties');
  await chmod(file, 0o640);
  await writeFile(join(home, 'planted'), secret, { mode: 0o600 });
  const broker: RepointWorld['broker'] = async (method, path, body) => {
    await demandOfBroker(access, method, `/api/${path.replace('{v}', seg(to))}`, body);
  };
  const all = { configure: '.*', write: '.*', read: '.*' };
  await broker('PUT', 'vhosts/{v}', {});
  await broker('PUT', `users/${seg(to)}`, { password: secret, tags: '' });
  await broker('PUT', `permissions/{v}/${seg(access.user)}`, all);
  await broker('PUT', `permissions/{v}/${seg(to)}`, { configure: '^maxwell$', write: '^maxwell$', read: '^$' });
  await broker('PUT', 'exchanges/{v}/maxwell', { type: 'fanout', durable: true });
  await broker('PUT', 'queues/{v}/changes', { durable: true, arguments: { 'x-max-length': 10 } });
  await broker('POST', 'bindings/{v}/e/maxwell/q/changes', { routing_key: '' });
  const configuration = join(home, 'config.yaml');
  const configure: RepointWorld['configure'] = async (change) => {
    const now = parse(await readFile(configuration, 'utf8')) as { environments: Record<string, JsonObject> };
    const environments = Object.fromEntries(
      Object.entries(now.environments).map(([name, environment]) => [name, change(environment)]),
    );
    await writeFile(configuration, stringify({ ...now, environments }), { mode: 0o600 });
  };
  await configure((environment) => ({
    ...environment,
    cdc: {
      ...(environment['cdc'] as JsonObject),
      brokerUsers: { [to]: { password: { file: join(home, 'planted') } } },
    },
  }));
  const connectedTo = async (): Promise<readonly string[]> => {
    const { body } = await askBroker(access, 'GET', '/api/connections');
    const own = (body as readonly { user: string; vhost?: string }[]).filter(({ user }) =>
      [clientId, to].includes(user),
    );
    return [...new Set(own.map(({ vhost }) => vhost ?? ''))].sort();
  };
  await until(`${clientId} to connect`, async () => (await connectedTo()).includes(clientId), { atMostMs: 60_000 });
  await until(`a position of ${clientId}`, async () => (await world.row()) !== undefined, { atMostMs: 60_000 });
  return {
    ...world,
    to,
    secret,
    file,
    connectedTo,
    broker,
    configure,
    settings: async () => readProperties(await readFile(file, 'utf8')),
  };
}
