import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, onTestFinished, test, vi } from 'vitest';
import { esrOps, type Ended } from '../support/program.ts';
import { servers } from '../support/servers.ts';
import { gateAt } from './gate.ts';
import { endOf, expectRecovered, newestJournal, recovery, resumption, runsOf } from './recovering.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';
import { startOps } from './started.ts';

vi.setConfig({ testTimeout: 300_000 });

async function scene(options: SceneOptions = {}): Promise<Scene> {
  // A request that is held must not time out while the others are started on a busy machine.
  const opened = await openScene({ way: { timeoutMs: 90_000 }, ...options });
  onTestFinished(() => opened.remove());
  return opened;
}

/** A first operator whose run is held in the middle of its first effect. */
async function firstOperator(at: Scene) {
  const gate = gateAt(at, 'DELETE', '/api/permissions/');
  const started = startOps(recovery(at), at.environment);
  onTestFinished(() => {
    started.kill('SIGKILL');
    gate.open();
  });
  await Promise.race([gate.arrived, started.ended.then(({ stderr }) => expect.fail(stderr))]);
  const [run = ''] = await runsOf(at.environment);
  return { gate, ...started, run };
}

function changesAsked({ proxy }: Scene): number {
  return proxy.requests.filter(({ method }) => method !== 'GET').length;
}

function expectNamed({ exitCode, stderr }: Pick<Ended, 'exitCode' | 'stderr'>, run: string, pid: number): void {
  expect(exitCode, stderr).toBe(7);
  const said = stderr.replaceAll(/\s+/g, ' ');
  for (const part of [userInfo().username, run, hostname(), `process ${pid}`]) expect(said).toContain(part);
  expect(said).toMatch(/since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
}

test('on one host the second is told who is at work; after a SIGKILL the first run must be settled, and then nobody stays outside', async () => {
  const at = await scene();
  const { environment } = at;
  const first = await firstOperator(at);
  const asked = changesAsked(at);
  for (const args of [recovery(at), ['resume', first.run, '--yes'], ['runs', 'ack', first.run, '--reason', 'mine now']])
    expectNamed(await esrOps(args, environment), first.run, first.pid);
  expect(changesAsked(at)).toBe(asked);

  first.kill('SIGKILL');
  expect((await first.ended).exitCode).toBe(137);
  first.gate.open();
  const refused = await esrOps(recovery(at), environment);
  expect(refused.exitCode, endOf(refused)).toBe(7);
  expect(refused.stderr).toContain(`esr-ops resume ${first.run}`);
  expect(refused.stderr).toContain(`esr-ops runs ack ${first.run}`);
  expect(refused.stderr).not.toContain('is at work on this target already');
  expect(changesAsked(at)).toBe(asked);

  const acknowledged = await esrOps(['runs', 'ack', first.run, '--reason', 'its host is gone'], environment);
  expect(acknowledged.exitCode, endOf(acknowledged)).toBe(0);
  const second = await esrOps(recovery(at), environment);
  expect(second.exitCode, endOf(second)).toBe(0);
  await expectRecovered(at);
});

test('on two hosts the fleet lock tells the second who is at work, and a SIGKILL frees it at once', async () => {
  const at = await scene({ database: true });
  const other = await at.elsewhere();
  const first = await firstOperator(at);
  const asked = changesAsked(at);
  expectNamed(await esrOps(recovery(at), other), first.run, first.pid);
  expect(changesAsked(at)).toBe(asked);
  expect(await runsOf(other)).toEqual([]);

  first.kill('SIGKILL');
  await first.ended;
  first.gate.open();
  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  const nothing = await esrOps(recovery(at), other);
  expect(nothing.exitCode, endOf(nothing)).toBe(0);
  expect(nothing.stdout).toContain('Nothing to do');
  await expectRecovered(at);
});

test('without its database a recovery is refused, unless the fleet lock is waived with a reason that the journal keeps', async () => {
  const at = await scene();
  const { reader } = servers().mariadb;
  const mysql = { host: '127.0.0.1', port: 1, user: reader.user, password: { env: 'ESR_OPS_TEST_PASSWORD' } };
  const environment = await at.elsewhere({ mysql });
  const env = { ESR_OPS_TEST_PASSWORD: reader.password };
  const refused = await esrOps(recovery(at), environment, { env });
  expect(refused.exitCode, endOf(refused)).toBe(9);
  expect(refused.stderr).toContain('--no-fleet-lock --reason');
  expect(changesAsked(at)).toBe(0);
  expect(await runsOf(environment)).toEqual([]);

  const waived = await esrOps([...recovery(at), '--no-fleet-lock'], environment, { env });
  expect(waived.exitCode, endOf(waived)).toBe(2);
  expect(waived.stderr).toContain('--reason');
  const reason = 'the database is down, too, and nobody else is here';
  const recovered = await esrOps([...recovery(at), '--no-fleet-lock', '--reason', reason], environment, { env });
  expect(recovered.exitCode, endOf(recovered)).toBe(0);
  const [begin] = await newestJournal(environment);
  expect(begin?.entry).toMatchObject({ type: 'run.started', fleetLock: 'waived', reason });
  expect(at.deletes()).toBe(1);
});

test('a run whose fleet lock is lost in the middle stops before its next effect', async () => {
  const at = await scene({ database: true });
  const first = await firstOperator(at);
  await killConnectionOf(first.run);
  const asked = changesAsked(at);
  first.gate.open();
  const stopped = await first.ended;
  expect(stopped.exitCode, stopped.stderr).toBe(7);
  expect(stopped.stderr).toContain('no longer held');
  expect(stopped.stderr.replaceAll(/\s+/g, ' ')).toMatch(/Still fenced out \(their permissions are withdrawn\): \S+/);
  expect(changesAsked(at)).toBe(asked);

  const listed = await esrOps(['runs', 'list'], at.environment);
  const refused = await esrOps(['resume'], at.environment);
  const resumed = await esrOps(resumption, at.environment);
  for (const said of [listed.stdout, refused.stderr, resumed.stderr])
    expect(said.replaceAll(/\s+/g, ' ')).toMatch(/Still fenced out \(their permissions are withdrawn\): \S+/);
  expect(refused.exitCode, endOf(refused)).toBe(3);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
});

async function killConnectionOf(run: string): Promise<void> {
  const { host, port, root } = servers().mariadb;
  const connection = await createConnection({ host, port, ...root });
  try {
    const [rows] = await connection.query<(RowDataPacket & { id: number })[]>(
      `SELECT PROCESSLIST_ID AS id FROM performance_schema.session_connect_attrs WHERE ATTR_NAME = 'esr_ops_run' AND ATTR_VALUE = ?`,
      [run],
    );
    expect(rows).toHaveLength(1);
    await connection.query(`KILL ${Number(rows[0]?.id)}`);
    for (let tries = 0; tries < 100; tries += 1) {
      const [left] = await connection.query<RowDataPacket[]>(
        'SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ?',
        [rows[0]?.id],
      );
      if (left.length === 0) return;
      await sleep(50);
    }
  } finally {
    await connection.end();
  }
}
