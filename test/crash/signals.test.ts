import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from 'amqplib';
import { until } from '../../src/lab/until.ts';
import { esrOps } from '../support/program.ts';
import { servers } from '../support/servers.ts';
import { checkJournal } from './check-journal.ts';
import { gateAt } from './gate.ts';
import { endOf, expectRecovered, journalOf, newestJournal, recovery, resumption, runsOf } from './recovering.ts';
import { openScene, type Scene, type SceneOptions } from './scene.ts';
import { startOps } from './started.ts';

vi.setConfig({ testTimeout: 300_000 });

async function scene(options: SceneOptions = {}): Promise<Scene> {
  const opened = await openScene(options);
  onTestFinished(() => opened.remove());
  return opened;
}

function start(at: Scene) {
  const started = startOps(recovery(at), at.environment);
  onTestFinished(() => started.kill('SIGKILL'));
  return started;
}

test('Ctrl-C while it still reads leaves: what was being read begins no run', async () => {
  const at = await scene();
  at.proxy.intercept(async () => {
    await sleep(300);
    return undefined;
  });
  const started = start(at);
  await until('it to read', () => at.proxy.requests.length > 5, { atMostMs: 60_000 });
  started.kill('SIGINT');
  const stopped = await started.ended;
  expect(stopped.exitCode, stopped.stderr).toBe(130);
  expect(stopped.stderr).toContain('Interrupted.');
  expect(await runsOf(at.environment)).toEqual([]);
  expect(at.deletes()).toBe(0);
});

test('Ctrl-C in a wait ends it, and resume waits on', async () => {
  const at = await scene({ consumers: 1 });
  const started = start(at);
  await until(
    'the run to wait for a consumer',
    async () => {
      const [run] = await runsOf(at.environment);
      if (run === undefined) return false;
      const records = await checkJournal(journalOf(at.environment, run));
      return records.some(({ entry }) => entry['step'] === 'canary-late' && entry.type === 'step.finished');
    },
    { atMostMs: 60_000 },
  );
  started.kill('SIGINT');
  const stopped = await started.ended;
  expect(stopped.exitCode, stopped.stderr).toBe(130);
  expect(stopped.stderr).toContain('esr-ops resume');
  const { host, port } = servers().rabbit.amqp;
  const login = { protocol: 'amqp', hostname: host, port, vhost: at.vhost.name };
  const consumer = await connect({ ...login, username: at.others.reader, password: at.others.password });
  onTestFinished(() => consumer.close());
  await (await consumer.createChannel()).consume('app.dlq', () => undefined);

  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect((await newestJournal(at.environment)).map(({ entry }) => entry.type)).toContain('run.interrupted');
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
});

test('Ctrl-C in a change lets that change finish, says who is outside and stops; resume finishes', async () => {
  const at = await scene();
  const gate = gateAt(at, 'DELETE', `/api/vhosts/${at.vhost.segment}`);
  const started = start(at);
  await gate.arrived;
  started.kill('SIGINT');
  await started.said('Stopping');
  gate.open();
  const stopped = await started.ended;
  expect(stopped.exitCode, stopped.stderr).toBe(130);
  const said = stopped.stderr.replaceAll(/\s+/g, ' ');
  expect(said).toContain(
    `Still fenced out (their permissions are withdrawn): ${at.others.reader}, ${at.others.writer}.`,
  );
  expect(said).toContain(`Vhost ${at.vhost.name} was deleted and is not whole again.`);
  expect(
    (await newestJournal(at.environment)).filter(({ entry }) => entry.type === 'change.intended').at(-1),
  ).toMatchObject({
    entry: { change: { kind: 'vhost.delete' } },
  });

  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
});

test('a second Ctrl-C leaves at once, and resume finds out how the change under way ended', async () => {
  const at = await scene();
  const gate = gateAt(at, 'DELETE', `/api/vhosts/${at.vhost.segment}`);
  const started = start(at);
  await gate.arrived;
  started.kill('SIGINT');
  await started.said('Stopping');
  started.kill('SIGINT');
  const left = await started.ended;
  expect(left.exitCode, left.stderr).toBe(130);
  expect((await newestJournal(at.environment)).at(-1)?.entry).toMatchObject({ type: 'change.intended' });
  gate.open();
  await until('the delete to be answered', () => at.proxy.requests.every(({ status }) => status !== null), {
    atMostMs: 60_000,
  });

  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
});
