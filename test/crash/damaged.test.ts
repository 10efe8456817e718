import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { esrOps } from '../support/program.ts';
import { endOf, expectRecovered, journalOf, killedAt, recovery, runsOf } from './recovering.ts';
import { openScene, type Scene } from './scene.ts';

vi.setConfig({ testTimeout: 300_000 });

async function scene(): Promise<Scene> {
  const opened = await openScene();
  onTestFinished(() => opened.remove());
  return opened;
}

test('a run without a journal and one with an empty journal are listed and stand in nobody’s way', async () => {
  const at = await scene();
  const { environment } = at;
  const [without, empty] = ['run-20260322T062500Z-000001', 'run-20260322T062500Z-000002'];
  for (const run of [without, empty])
    await mkdir(dirname(journalOf(environment, run)), { recursive: true, mode: 0o700 });
  await writeFile(journalOf(environment, empty), '', { mode: 0o600 });

  const listed = await esrOps(['runs', 'list'], environment);
  expect(listed.exitCode, endOf(listed)).toBe(0);
  for (const run of [without, empty]) expect(listed.stdout).toContain(run);
  const nothing = await esrOps(['resume', '--yes'], environment);
  expect(nothing.exitCode, endOf(nothing)).toBe(0);
  const recovered = await esrOps(recovery(at), environment);
  expect(recovered.exitCode, endOf(recovered)).toBe(0);
  await expectRecovered(at);
});

test('a record damaged in the middle: nobody goes on from there, and nothing is changed until a person has acknowledged it', async () => {
  const at = await scene();
  const { environment } = at;
  // The fence is up then, and the vhost is still there.
  const killed = await killedAt(recovery(at), environment, { record: 17, way: 'after' });
  expect(killed.exitCode, endOf(killed)).toBe(137);
  const [run = ''] = await runsOf(environment);
  const path = journalOf(environment, run);
  const lines = (await readFile(path, 'utf8')).split('\n');
  const record = lines.findIndex((line) => line.includes('"change.intended"') && line.includes('connections.close'));
  expect(record).toBeGreaterThan(0);
  lines[record] = (lines[record] ?? '').replace('"change.intended"', '"change.imagined"');
  await writeFile(path, lines.join('\n'));
  const asked = at.proxy.requests.filter(({ method }) => method !== 'GET').length;

  for (const args of [
    ['resume', '--yes'],
    ['resume', run, '--yes'],
  ]) {
    const refused = await esrOps(args, environment);
    expect(refused.exitCode, endOf(refused)).toBe(1);
    expect(refused.stderr).toContain(`damaged at record ${record}`);
    expect(refused.stderr).toContain('runs ack');
  }
  const listed = await esrOps(['runs', 'list'], environment);
  expect(listed.exitCode, endOf(listed)).toBe(0);
  expect(listed.stdout).toContain(`damaged at record ${record}`);
  const blocked = await esrOps(recovery(at), environment);
  expect(blocked.exitCode, endOf(blocked)).toBe(7);
  expect(blocked.stderr).toContain(`esr-ops runs ack ${run}`);
  expect(at.proxy.requests.filter(({ method }) => method !== 'GET')).toHaveLength(asked);

  const acknowledged = await esrOps(['runs', 'ack', run, '--reason', 'looked at it by hand'], environment);
  expect(acknowledged.exitCode, endOf(acknowledged)).toBe(0);
  const recovered = await esrOps(recovery(at), environment);
  expect(recovered.exitCode, endOf(recovered)).toBe(0);
  // What the damaged journal says up to the damage is enough to know who was shut out.
  await expectRecovered(at);
});
