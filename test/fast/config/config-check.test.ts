import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkEnvironment, type CheckDeps, type ConfigCheck } from '../../../src/config/config-check.ts';
import { createSecrets } from '../../../src/config/secrets.ts';
import type { Environment } from '../../../src/core/environment.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { RabbitReader } from '../../../src/core/ports.ts';
import type { VhostState } from '../../../src/core/vhost.ts';
import { createLocalReader, createSshReader } from '../../../src/services/host/reader.ts';
import { tempFolder } from '../state/temp-folder.ts';

async function environmentIn(dir: string): Promise<Environment> {
  const file = join(dir, 'password');
  await writeFile(file, 'long-enough-password', { mode: 0o600 });
  return {
    name: 'lab',
    description: '',
    protected: false,
    timezone: 'Europe/London',
    rabbitmq: {
      management: 'http://127.0.0.1:1',
      amqp: 'amqp://127.0.0.1:2',
      user: 'esr-ops',
      password: { file },
      vhost: 'esr',
      tls: {},
      expected: { queuePrefixes: [], users: [], consumers: null, exchanges: [], neighbours: [] },
      reboot: { name: 'b', command: ['esr-ops-no-such-program'] },
      timeoutMs: 1,
      slowTimeoutMs: 1,
    },
    mysql: { host: '127.0.0.1', port: 3, user: 'reader', password: { env: 'NOT_SET' }, tls: null, timeoutMs: 1 },
    hosts: {},
    docker: {},
    capture: { secrets: 'omit', key: null },
    cdcMessages: { exchange: 'maxwell', timestamp: 'ts' },
    cdc: 'none',
    reconcile: null,
    localOffices: [],
    components: [],
    loadTypes: [],
    s3: null,
    notify: { channels: [], warnBeforeMs: 3_600_000 },
    runbooks: [join(dir, 'none')],
  };
}

function reader(state: VhostState, tags: readonly string[]): RabbitReader {
  const looks: Partial<RabbitReader> = {
    identity: 'http://127.0.0.1:1',
    overview: () => Promise.resolve({ product: 'RabbitMQ', version: '3.10.8', clusterName: 'c', nodes: [] }),
    whoami: () => Promise.resolve({ name: 'esr-ops', tags }),
    status: (vhost) => Promise.resolve({ vhost, state, nodes: {}, evidence: [] }),
  };
  return looks as RabbitReader;
}

async function rows(
  deps: Partial<CheckDeps>,
  change: (environment: Environment) => Environment = (same) => same,
): Promise<ReadonlyMap<string, ConfigCheck>> {
  const dir = await tempFolder();
  const checked = await checkEnvironment(change(await environmentIn(dir)), {
    now: Date.parse('2026-03-22T06:25:00Z'),
    secrets: createSecrets({ env: { MYSQL: 'short' } }),
    env: { PATH: '/usr/bin:/bin' },
    stateRoot: dir,
    rabbit: () => reader('running', ['administrator']),
    mysql: () => Promise.resolve({ account: 'reader@%', version: '10.11', canWrite: [] }),
    host: () => createLocalReader(),
    s3: () => Promise.resolve(null),
    webhook: () => Promise.resolve('its server answers'),
    ...deps,
  });
  return new Map(checked.checks.map((check) => [check.what, check]));
}

test('each row names what was tried with which credential', async () => {
  const found = await rows({});
  expect(found.get('rabbitmq.management')).toMatchObject({
    ok: true,
    found: 'user esr-ops with environments.lab.rabbitmq.password reads RabbitMQ 3.10.8 at http://127.0.0.1:1',
  });
  expect(found.get('rabbitmq.user')).toMatchObject({ ok: true, next: null });
  expect(found.get('rabbitmq.vhost')).toMatchObject({ ok: true });
  expect(found.get('state folder')).toMatchObject({ ok: true });
  expect(found.get('environments.lab.mysql.password')).toMatchObject({ ok: false, next: 'set NOT_SET' });
  expect(found.has('mysql.login')).toBe(false);
  expect(found.get('rabbitmq.reboot')).toMatchObject({ ok: false });
  expect(found.get('runbooks')).toMatchObject({ ok: false });
});

test('what is not right is a row that says what to do', async () => {
  const found = await rows(
    {
      rabbit: () => reader('unpermitted', ['monitoring']),
      mysql: () => Promise.resolve({ account: 'reader@%', version: '10.11', canWrite: ['DELETE on *.*'] }),
    },
    (environment) => ({
      ...environment,
      rabbitmq: { ...environment.rabbitmq!, reboot: { name: 'b', command: ['env'] } },
      mysql: { ...environment.mysql!, password: { env: 'MYSQL' } },
    }),
  );
  expect(found.get('rabbitmq.user')).toMatchObject({ ok: false, found: 'esr-ops is tagged monitoring' });
  expect(found.get('rabbitmq.vhost')).toMatchObject({ ok: false, next: 'give the user permissions on the vhost' });
  expect(found.get('rabbitmq.reboot')).toMatchObject({ ok: true, found: '/usr/bin/env can be run; it was not' });
  expect(found.get('mysql.login')?.found).toContain('could change data: DELETE on *.*');
  expect(found.get('secret.too-short')).toMatchObject({ ok: false });
  expect([...found.values()].every(({ ok, next }) => ok || next !== null)).toBe(true);
});

test('a service that does not answer is one row, and the others are tried all the same', async () => {
  const gone = (): Promise<never> =>
    Promise.reject(new Fault({ code: 'rabbitmq.unreachable', message: 'gone', exit: 'unreachable' }));
  const found = await rows({ rabbit: () => ({ ...reader('running', ['administrator']), overview: gone }) });
  expect(found.get('rabbitmq.management')).toEqual({
    what: 'rabbitmq.management',
    ok: false,
    found: 'gone',
    next: null,
  });
  expect(found.get('rabbitmq.user')).toMatchObject({ ok: true });
  await expect(
    rows({ rabbit: () => ({ ...reader('running', []), overview: () => Promise.reject(new Error('bug')) }) }),
  ).rejects.toThrow('bug');
});

test('each host is looked at, and one that can not be reached is a row of its own', async () => {
  const nowhere = {
    host: '127.0.0.1',
    port: 1,
    user: 'nobody',
    knownHosts: '/nowhere',
    identityFile: null,
    jump: null,
    connectTimeoutMs: 5_000,
    aliveSeconds: 5,
    shareIn: null,
  };
  const found = await rows(
    { host: (name) => (name === 'gone' ? createSshReader(name, nowhere) : createLocalReader()) },
    (environment) => ({ ...environment, hosts: { here: { reach: 'local' }, gone: { reach: 'ssh', ssh: nowhere } } }),
  );
  expect(found.get('hosts.here')).toMatchObject({ ok: true, found: 'is this machine' });
  expect(found.get('hosts.gone')).toMatchObject({ ok: false, next: 'ssh -p 1 nobody@127.0.0.1 true' });
});

test('a channel is looked at without a message, and says what that does not tell', async () => {
  const withChannel = (environment: Environment): Environment => ({
    ...environment,
    notify: {
      ...environment.notify,
      channels: [
        { name: 'team', url: environment.mysql!.password, audience: 'team', events: ['ended'], tls: {}, timeoutMs: 1 },
      ],
    },
  });
  const resolved = { secrets: createSecrets({ env: { NOT_SET: 'https://hooks.example.org/services/long-enough' } }) };
  const found = await rows(resolved, withChannel);
  expect(found.get('notify.channels.team')).toMatchObject({
    ok: true,
    found: expect.stringContaining('nothing was sent') as string,
  });
  const webhook = (): Promise<never> =>
    Promise.reject(new Fault({ code: 'notify.unreachable', message: 'gone', exit: 'unreachable', next: ['look'] }));
  const gone = await rows({ ...resolved, webhook }, withChannel);
  expect(gone.get('notify.channels.team')).toMatchObject({ ok: false, found: 'gone', next: 'look' });
  expect((await rows({}, withChannel)).get('notify.channels.team')).toMatchObject({ ok: false, next: 'set NOT_SET' });
});
