import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { esrOps, programFile, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { httpApi, mustApi, servers } from '../support/servers.ts';
import { agree, questionOf, questions, startGuided } from '../scripts/guided.ts';
import { tenantVhost, type TenantVhost } from '../scripts/standing.ts';
import { leaksBelow, leaksIn, watchProcesses, type Secrets } from './leaks.ts';

/** Distinctive, and with characters that URLs, JSON and shells each write differently. */
const secrets = {
  rabbitmq: 'Rabbit "planted"/7f3a\\é?&%41',
  mysql: "Mysql 'planted'/91bc+\\ü=@:",
  captureKey: 'Capture-key planted/5d2e"\\#',
  federation: 'Federation planted/c04d:@?é',
} as const satisfies Secrets;

let vhost: TenantVhost;
let environment: TestEnvironment;
let user: string;
let folder: string;

async function asRoot(...statements: readonly (readonly [string, readonly string[]])[]): Promise<void> {
  const { socket, root } = servers().mariadb;
  const connection = await createConnection({ socketPath: socket, user: root.user, password: root.password });
  try {
    for (const [sql, values] of statements) await connection.query(sql, [...values]);
  } finally {
    await connection.end();
  }
}

beforeEach(async () => {
  vhost = await tenantVhost();
  user = `ops-${vhost.name}`.slice(0, 60);
  const { rabbit, mariadb } = servers();
  await mustApi('PUT', `/api/users/${user}`, { password: secrets.rabbitmq, tags: 'administrator' });
  await mustApi('PUT', `/api/permissions/${vhost.segment}/${user}`, { configure: '.*', write: '.*', read: '.*' });
  await mustApi('PUT', `/api/parameters/federation-upstream/${vhost.segment}/upstream`, {
    value: { uri: `amqp://other:${encodeURIComponent(secrets.federation)}@127.0.0.1:1/far`, 'ack-mode': 'on-confirm' },
  });
  await asRoot(
    ["CREATE USER ?@'127.0.0.1' IDENTIFIED BY ?", [user, secrets.mysql]],
    ["GRANT SELECT, PROCESS, BINLOG MONITOR ON *.* TO ?@'127.0.0.1'", [user]],
  );
  folder = await mkdtemp(join(tmpdir(), 'esr-ops-planted-'));
  for (const name of ['rabbitmq', 'mysql', 'captureKey'] as const)
    await writeFile(join(folder, name), secrets[name], { mode: 0o600 });
  environment = await testEnvironment(vhost.name, {
    rabbitmq: {
      management: rabbit.managementUrl,
      amqp: rabbit.amqpUrl,
      user,
      password: { file: join(folder, 'rabbitmq') },
      vhost: vhost.name,
      expected: { consumers: 0 },
    },
    mysql: {
      host: mariadb.host,
      port: mariadb.port,
      user,
      // From a program, so that there is a process of the tool's own to look at.
      password: { command: ['cat', join(folder, 'mysql')] },
    },
    capture: { secrets: 'encrypt', key: { file: join(folder, 'captureKey') } },
  });
  await vhost.breakDown();
});
afterEach(async () => {
  await vhost.remove();
  await httpApi('DELETE', `/api/users/${user}`);
  await asRoot(["DROP USER IF EXISTS ?@'127.0.0.1'", [user]]);
  await environment.remove();
  await rm(folder, { recursive: true });
});

async function expectNoLeak(
  output: string,
  watched: Awaited<ReturnType<ReturnType<typeof watchProcesses>['stop']>>,
): Promise<void> {
  expect(leaksIn(output, secrets)).toEqual([]);
  expect(watched.found).toEqual([]);
  expect(watched.looks).toBeGreaterThan(20);
  expect(watched.seen).toBeGreaterThan(0);
  const { files, found, open } = await leaksBelow(join(environment.home, 'state'), secrets);
  expect(files).toBeGreaterThan(5);
  expect(found).toEqual([]);
  expect(open).toEqual([]);
  const upstream = await mustApi('GET', `/api/parameters/federation-upstream/${vhost.segment}/upstream`);
  expect(JSON.stringify(upstream)).toContain(encodeURIComponent(secrets.federation));
}

describe('no secret is in any file, output, argument or environment during a full recovery', () => {
  it.each(['text', 'json'] as const)('with output as %s', async (form) => {
    const child = execa(
      process.execPath,
      [programFile(), 'recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`, '--output', form],
      { env: environment.env, stdin: 'ignore', reject: false, timeout: 120_000 },
    );
    const watch = watchProcesses(() => child.pid ?? -1, secrets);
    const { exitCode, stdout, stderr } = await child;
    const watched = await watch.stop();
    expect(exitCode, stderr + stdout).toBe(0);
    await expectNoLeak(stdout + stderr, watched);
  });

  it('at a terminal', async () => {
    const pty = startGuided(environment);
    const watch = watchProcesses(() => pty.pid, secrets);
    for (const question of questions) {
      await questionOf(pty, question);
      agree(pty, question, vhost.name);
    }
    const { code } = await pty.exit(60_000);
    const watched = await watch.stop();
    expect(code, pty.transcript()).toBe(0);
    await expectNoLeak(pty.transcript() + (await pty.screen()).replace(/\n\s*/g, ''), watched);
  }, 180_000);
});

describe('no secret is in what other commands write', () => {
  it.each([
    'recover vhost --dry-run --out PLAN',
    'recover vhost --dry-run --output json',
    'vhost fence --yes',
    'config show',
    'config show --output json',
    'config check',
    'config check --output json',
    'runs list --output json',
  ])('%s', async (typed) => {
    const args = typed.split(' ');
    const words = args.map((word) => (word === 'PLAN' ? join(environment.home, 'state', 'plan.json') : word));
    if (args.includes('PLAN')) await esrOps(['vhost', 'capture', '--yes'], environment);
    const ended = await esrOps(words, environment, { env: { ESR_OPS_DEBUG: '1' } });
    expect(leaksIn(ended.stdout + ended.stderr, secrets)).toEqual([]);
    if (args.includes('PLAN')) {
      const { files, found } = await leaksBelow(join(environment.home, 'state'), secrets);
      expect(files).toBeGreaterThan(5);
      expect(found).toEqual([]);
    }
  });

  it('what a refused password brings: neither the right nor the wrong one', async () => {
    await writeFile(join(folder, 'rabbitmq'), 'Wrong "planted"/7f3a', { mode: 0o600 });
    const ended = await esrOps(['recover', 'vhost', '--dry-run'], environment, { env: { ESR_OPS_DEBUG: '1' } });
    expect(ended.exitCode).toBe(2);
    expect(leaksIn(ended.stdout + ended.stderr, { ...secrets, wrong: 'Wrong "planted"/7f3a' })).toEqual([]);
  });
});

describe('the search for secrets', () => {
  it.each(Object.entries(secrets))('finds %s in every form', (name, secret) => {
    const escaped = JSON.stringify(secret);
    for (const text of [
      secret,
      `amqp://user:${encodeURIComponent(secret)}@host`,
      JSON.stringify({ password: secret }),
      JSON.stringify({ nested: escaped }),
      `Basic ${Buffer.from(`a:${secret}`).toString('base64')}`,
      `Basic ${Buffer.from(`ab:${secret}`).toString('base64')}`,
      `Basic ${Buffer.from(`abc:${secret}`).toString('base64')}`,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ])
      expect(leaksIn(`before ${text} after`, secrets), text).toEqual([name]);
  });

  it('finds one in a file, and a file that others can read', async () => {
    const leaky = await mkdtemp(join(tmpdir(), 'esr-ops-leak-'));
    await writeFile(join(leaky, 'journal.jsonl'), JSON.stringify({ uri: secrets.federation }), { mode: 0o644 });
    expect(await leaksBelow(leaky, secrets)).toEqual({
      files: 1,
      found: ['federation in journal.jsonl'],
      open: ['journal.jsonl 644'],
    });
    await rm(leaky, { recursive: true });
  });

  it('finds one in an argument and in an environment of a process that lives for a moment', async () => {
    const watch = watchProcesses(() => process.pid, secrets);
    const argv = execa('sleep', ['0.3', '--', '0'], { argv0: `sleep ${secrets.mysql}`, reject: false });
    const environ = execa('sleep', ['0.3'], { env: { PLANTED: secrets.captureKey } });
    await Promise.all([argv, environ]);
    const { found } = await watch.stop();
    expect(found.some((line) => line.startsWith('mysql in argv'))).toBe(true);
    expect(found.some((line) => line.startsWith('captureKey in the environment'))).toBe(true);
  });
});
