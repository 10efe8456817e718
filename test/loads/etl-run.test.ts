import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshVhost, mustApi, type TestVhost } from '../support/servers.ts';
import type { Ended } from '../support/program.ts';
import { etlWorld, offices, type EtlWorld } from './etl-world.ts';

const notifications = 'notifications-daily-load';
let vhost: TestVhost;
let world: EtlWorld;

beforeAll(async () => {
  vhost = await freshVhost();
  await mustApi('PUT', `/api/queues/${vhost.segment}/commands`, { durable: true });
  const publish = { exchange: '', routingKey: 'commands', body: { office: '${office}', on: '${date:YYYYMMDD}' } };
  world = await etlWorld(vhost.name, {
    late: { closesAt: '03:00' },
    silent: { writes: [{ queue: 'commands' }] },
    resend: { run: { publish: { ...publish, perOffice: true } }, writes: [{ queue: 'commands', atLeast: 4 }] },
    nowhere: {
      run: { publish: { ...publish, routingKey: 'nowhere', perOffice: true } },
      writes: [{ queue: 'commands' }],
    },
  });
});
afterAll(async () => {
  await world.close();
  await vhost.remove();
});

const said = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`;
test('a run writes once; a second wants consent by name, and then there is twice what it said', async () => {
  const date = '2019-10-01';
  const first = await world.etl(notifications, date, '--yes');
  expect(first.exitCode, said(first)).toBe(0);
  expect(await world.rows(date)).toBe(12);
  expect(said(first)).toContain('12 rows (EMD 3, LDN 3, OXF 3, YHD 3)');
  const second = await world.etl(notifications, date, '--yes');
  expect(second.exitCode, said(second)).toBe(3);
  expect(said(second)).toContain(`--confirm rerun:${notifications}@${date}`);
  expect(said(second)).toContain('Every notification of the date is there twice.');
  expect(await world.rows(date)).toBe(12);
  const agreed = await world.etl(notifications, date, '--yes', '--confirm', `rerun:${notifications}@${date}`);
  expect(agreed.exitCode, said(agreed)).toBe(0);
  expect(await world.rows(date)).toBe(24);
  expect(said(agreed)).toContain('12 of them new in this run');
});

test('a part-way run is said by Local Office, and how to clear it; its rerun wants consent', async () => {
  const date = '2019-10-02';
  await world.break(notifications, 'partial');
  const failed = await world.etl(notifications, date, '--yes');
  await world.break(notifications, null);
  expect(failed.exitCode, said(failed)).toBe(1);
  expect(said(failed)).toContain('its log says: ERROR Job failed: OXF');
  expect(said(failed)).toContain('6 rows (EMD 3, LDN 3); none of OXF, YHD');
  expect(said(failed)).toContain('Before it runs again: Delete the rows of the date.');
  const { run } = failed.lines.find(({ code }) => code === 'run.ended')!['payload'] as { run: string };
  await world.run(['runs', 'ack', run, '--reason', 'test']);
  const again = await world.etl(notifications, date, '--dry-run');
  expect(again.exitCode, said(again)).toBe(0);
  expect(said(again)).toContain(`rerun:${notifications}@${date}`);
  expect(said(again)).toContain("There is a partial run's");
  const status = await world.run(['etl', 'status', '--load-type', notifications, '--date', date]);
  expect(status.exitCode, said(status)).toBe(11);
  expect(status.stdout).toContain('a part of it is there');
});

test('two at once: one runs, and the other is refused', async () => {
  const date = '2019-10-03';
  const both = await Promise.all([1, 2].map(() => world.etl(notifications, date, '--yes')));
  expect(both.map(({ exitCode }) => exitCode).sort(), both.map(said).join('\n')).toEqual([
    0,
    expect.toBeOneOf([3, 4, 7]),
  ]);
  expect(await world.rows(date)).toBe(12);
});

test('a run that can not be in time is refused with what is lost and what to do, until it is asked for', async () => {
  const refused = await world.etl('late', '2019-10-04', '--yes');
  expect(refused.exitCode, said(refused)).toBe(4);
  expect(said(refused)).toContain('Nobody learns of changed placements.');
  expect(said(refused)).toContain('Tell the ESR team.');
  expect(await world.rows('2019-10-04')).toBe(0);
});

test('what is not proved ends the run unverified', async () => {
  const ended = await world.etl('silent', '2019-10-05', '--yes', '--confirm', 'rerun:silent@2019-10-05');
  expect(ended.exitCode, said(ended)).toBe(5);
  expect(said(ended)).toContain('0 more messages than before, not 1');
});

test('commands are published for each Local Office, confirmed and routed; one that nobody takes is no success', async () => {
  const ended = await world.etl('resend', '2019-10-06', '--yes', '--confirm', 'rerun:resend@2019-10-06');
  // The listing of queues lags: the messages are there whether it says so in time or not.
  expect([0, 5], said(ended)).toContain(ended.exitCode);
  const got = (await mustApi('POST', `/api/queues/${vhost.segment}/commands/get`, {
    count: 100,
    ackmode: 'ack_requeue_false',
    encoding: 'auto',
  })) as { payload: string }[];
  expect(got.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual(
    offices.map((office) => ({ office, on: '20191006' })),
  );
  const lost = await world.etl('nowhere', '2019-10-06', '--yes', '--confirm', 'rerun:nowhere@2019-10-06');
  expect(lost.exitCode, said(lost)).toBe(1);
  expect(said(lost)).toContain('no queue took');
});

test('killed when it has begun and before that was written down, resume finds the run and never starts a second', async () => {
  const date = '2019-11-01';
  const killer = fileURLToPath(new URL('../crash/kill-at-record.mjs', import.meta.url));
  const died = await world.run(
    ['etl', 'run', '--load-type', notifications, '--date', date, '--yes', '--output', 'json'],
    { nodeArgs: ['--import', killer], env: { CRASH_RECORD: '3', CRASH_WAY: 'before' } },
  );
  expect(died.exitCode, said(died)).toBe(137);
  const resumed = await world.run(['resume', '--yes', '--output', 'json']);
  expect(resumed.exitCode, said(resumed)).toBe(0);
  expect(await world.rows(date)).toBe(12);
});
