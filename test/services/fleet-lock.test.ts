import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import type { MysqlSettings } from '../../src/core/environment.ts';
import { startMariadb } from '../../src/lab/mariadb-server.ts';
import { readMysqlAccount, writingPrivileges } from '../../src/services/mysql/account.ts';
import { acquireFleetLock, lockName } from '../../src/services/mysql/fleet-lock.ts';
import { bundledChild } from '../fast/state/bundled-child.ts';
import { problemOf } from '../fast/state/faults.ts';
import { faultProxy } from '../faults/fault-proxy.ts';
import { servers } from '../support/servers.ts';

const holder = { user: 'ann', host: 'ops1', pid: 7, run: 'r1', since: '2026-03-22T06:25:00.000Z' };
const freshName = (): string => `esr-ops/lab/vhost:${randomBytes(6).toString('hex')}`;

function access(changes: Partial<MysqlSettings> = {}): { settings: MysqlSettings; password: string } {
  const { host, port, reader } = servers().mariadb;
  const { user, password } = reader;
  return { settings: { host, port, user, password: { env: 'X' }, tls: null, timeoutMs: 5_000, ...changes }, password };
}

async function asRoot(sql: string): Promise<readonly RowDataPacket[]> {
  const { host, port, root } = servers().mariadb;
  const connection = await createConnection({ host, port, ...root });
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    await connection.end();
  }
}

test('one holder; the second is told run, person, host, process, account and since when', async () => {
  const name = freshName();
  const first = await acquireFleetLock({ ...access(), name, holder });
  onTestFinished(() => first.release());
  expect(await first.held()).toBe(true);
  const problem = await problemOf(acquireFleetLock({ ...access(), name, holder: { ...holder, user: 'bob' } }));
  expect(problem).toMatchObject({
    code: 'lock.held',
    exit: 'locked',
    details: { ...holder, account: access().settings.user },
  });
  for (const part of ['ann', 'r1', 'ops1', 'process 7', holder.since, 'esr_ops_read'])
    expect(problem.message).toContain(part);
  expect(await first.held()).toBe(true);
});

test('a server that says nothing any more has not kept it, and keeps nobody waiting', async () => {
  const { host, port } = servers().mariadb;
  const proxy = await faultProxy({ host, port });
  onTestFinished(() => proxy.close());
  const name = freshName();
  const first = await acquireFleetLock({
    ...access({ host: '127.0.0.1', port: proxy.port, timeoutMs: 500 }),
    name,
    holder,
  });
  expect(await first.held()).toBe(true);
  proxy.arm({ way: 'stall', direction: 'down', afterBytes: 0, delayMs: 0, lasting: true });
  expect(await first.held()).toBe(false);
  // Asked behind a question without an answer, it would never come back.
  await first.release();
  const second = await acquireFleetLock({ ...access(), name, holder });
  await second.release();
});

test('given back it is free, and is no longer held', async () => {
  const name = freshName();
  const first = await acquireFleetLock({ ...access(), name, holder });
  await first.release();
  await first.release();
  expect(await first.held()).toBe(false);
  const second = await acquireFleetLock({ ...access(), name, holder });
  await second.release();
});

test('SIGKILL of the holder frees it at once', async () => {
  const name = freshName();
  const { settings, password } = access();
  const child = await bundledChild(
    `import { acquireFleetLock } from './src/services/mysql/fleet-lock.ts';
     const { settings, name, holder } = JSON.parse(process.argv[2]);
     await acquireFleetLock({ settings, password: process.env.TEST_PASSWORD, name, holder });
     console.log('held');
     setInterval(() => {}, 1_000);`,
    'fleet-holder',
  );
  const running = spawn(process.execPath, [child, JSON.stringify({ settings, name, holder })], {
    env: { ...process.env, TEST_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void running.kill('SIGKILL'));
  expect(await once(createInterface(running.stdout), 'line')).toEqual(['held']);
  expect((await problemOf(acquireFleetLock({ ...access(), name, holder }))).details).toMatchObject(holder);
  running.kill('SIGKILL');
  await once(running, 'exit');
  // The server frees it when it notices that the connection is gone: until then this goes on, up to the test's time-out.
  for (;;) {
    const lock = await acquireFleetLock({ ...access(), name, holder }).catch(() => null);
    if (lock !== null) {
      await lock.release();
      break;
    }
  }
});

test('a connection that the server ended no longer holds', async () => {
  const name = freshName();
  const lock = await acquireFleetLock({ ...access(), name, holder });
  const [row] = await asRoot(`SELECT IS_USED_LOCK('${name}') AS id`);
  await asRoot(`KILL ${Number(row?.['id'])}`);
  expect(await lock.held()).toBe(false);
  const other = await acquireFleetLock({ ...access(), name, holder });
  expect(await lock.held()).toBe(false);
  expect(await other.held()).toBe(true);
  await lock.release();
  expect(await other.held()).toBe(true);
  await other.release();
});

test('an idle holder is not dropped, however short the patience of the server', async () => {
  const [before] = await asRoot('SELECT @@GLOBAL.wait_timeout AS seconds');
  await asRoot('SET GLOBAL wait_timeout = 1');
  const lock = await acquireFleetLock({ ...access(), name: freshName(), holder }).finally(() =>
    asRoot(`SET GLOBAL wait_timeout = ${Number(before?.['seconds'])}`),
  );
  onTestFinished(() => lock.release());
  await sleep(2_500);
  expect(await lock.held()).toBe(true);
});

test('a holder that is not esr-ops is described', async () => {
  const name = freshName();
  const { host, port, root } = servers().mariadb;
  const squatter = await createConnection({ host, port, ...root, connectAttributes: { program_name: 'my\u202ecli' } });
  onTestFinished(() => squatter.end());
  await squatter.query('SELECT GET_LOCK(?, 0)', [name]);
  const problem = await problemOf(acquireFleetLock({ ...access(), name, holder }));
  expect(problem).toMatchObject({ code: 'lock.held', exit: 'locked', details: { account: 'root', run: null } });
  expect(problem.message).toContain(String.raw`its program is my\u{202e}cli, and it names no run`);
});

test('locks have names that the server takes', async () => {
  expect(lockName('esr-ops/lab/vhost:esr')).toBe('esr-ops/lab/vhost:esr');
  const odd = ['x'.repeat(65), 'vhost:ESR', 'vhost:esr', 'vhost:zurück', ''];
  expect(new Set(odd.map((name) => lockName(name).toLowerCase())).size).toBe(odd.length);
  for (const name of odd) {
    expect(lockName(name).length).toBeLessThanOrEqual(64);
    await (await acquireFleetLock({ ...access(), name: `${freshName()}${name}`, holder })).release();
  }
});

test('what prevents it is told apart', async () => {
  const take = (changes: Partial<MysqlSettings>, password = access().password): Promise<unknown> =>
    acquireFleetLock({ settings: access(changes).settings, password, name: freshName(), holder });
  expect(await problemOf(take({}, 'wrong-password'))).toMatchObject({ code: 'mysql.unauthorised', exit: 'usage' });
  expect(await problemOf(take({ user: 'nobody' }))).toMatchObject({ code: 'mysql.unauthorised', exit: 'usage' });
  expect(await problemOf(take({ port: 1 }))).toMatchObject({ code: 'mysql.unreachable', exit: 'unreachable' });
  expect(await problemOf(take({ tls: { serverName: 'db.example.org' } }))).toMatchObject({ code: 'mysql.no-tls' });
  expect(await problemOf(take({ tls: {} }))).toMatchObject({ code: 'mysql.tls-settings', exit: 'usage' });
  expect(await problemOf(take({ tls: { serverName: 'a.b', ca: '/nonexistent.pem' } }))).toMatchObject({
    code: 'mysql.tls-settings',
  });
  const secret = 'wrong-password-1234';
  expect(JSON.stringify(await problemOf(take({}, secret)))).not.toContain(secret);
});

test('what an account could change is seen', async () => {
  expect(await readMysqlAccount(access())).toMatchObject({ account: 'esr_ops_read@127.0.0.1', canWrite: [] });
  const { root } = servers().mariadb;
  const all = await readMysqlAccount({ settings: access({ user: root.user }).settings, password: root.password });
  expect(all.canWrite.slice(0, 2)).toEqual(['ALL PRIVILEGES on *.*', 'GRANT OPTION on *.*']);
  expect(writingPrivileges('GRANT SELECT (a, b), INSERT (a, b) ON `x`.`y` TO `u`@`%`')).toEqual(['INSERT on `x`.`y`']);
  expect(writingPrivileges('GRANT `writer` TO `u`@`%`')).toEqual(['role `writer`']);
  expect(writingPrivileges("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*AB'")).toEqual([]);
});

test('over TLS the certificate and its name are verified', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'esr-tls-'));
  const server = await startMariadb({ dir, labId: `test-${randomBytes(4).toString('hex')}` });
  onTestFinished(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const [key, ca, other] = ['key.pem', 'cert.pem', 'other.pem'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  const selfSigned = async (out: string, name: string): Promise<unknown> =>
    execa('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', out],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ]);
  await selfSigned(other, 'db.example.org');
  await selfSigned(ca, 'db.example.org');
  await appendFile(join(dir, 'my.cnf'), `ssl-cert=${ca}\nssl-key=${key}\n`);
  await server.restart();
  const take = (tls: MysqlSettings['tls']): ReturnType<typeof acquireFleetLock> =>
    acquireFleetLock({
      settings: { ...access().settings, port: server.port, user: server.reader.user, tls },
      password: server.reader.password,
      name: 'tls',
      holder,
    });
  const untrusted = { code: 'mysql.untrusted', exit: 'usage' };
  expect(await problemOf(take({ serverName: 'db.example.org' }))).toMatchObject(untrusted);
  expect(await problemOf(take({ serverName: 'db.example.org', ca: other }))).toMatchObject(untrusted);
  expect(await problemOf(take({ serverName: 'elsewhere.example.org', ca }))).toMatchObject(untrusted);
  const lock = await take({ serverName: 'db.example.org', ca });
  expect(await lock.held()).toBe(true);
  await lock.release();
});
