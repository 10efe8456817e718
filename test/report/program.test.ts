import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { messageScene } from '../message-commands/scene.ts';
import { leaksIn } from '../security/leaks.ts';
import { esrOps } from '../support/program.ts';
import { mustApi, servers } from '../support/servers.ts';

it('writes up what was labelled, and bundles it without a secret or a body', async () => {
  const secrets = {
    capture: 'Capture-key planted/5d2e"\\#',
    federation: 'Federation planted/c04d:@?é',
    body: 'Body planted 77aa-person',
    broker: servers().rabbit.password,
  };
  const folder = await mkdtemp(join(tmpdir(), 'esr-ops-report-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'key'), secrets.capture, { mode: 0o600 });
  const scene = await messageScene({ capture: { secrets: 'encrypt', key: { file: join(folder, 'key') } } });
  const { vhost, environment } = scene;
  await mustApi('PUT', `/api/parameters/federation-upstream/${vhost.segment}/upstream`, {
    value: { uri: `amqp://other:${encodeURIComponent(secrets.federation)}@127.0.0.1:1/far` },
  });
  await scene.queue('esr.q');
  await scene.publish('esr.q', [secrets.body, `two ${secrets.body}`]);
  const run = (...args: string[]) => esrOps(args, environment);

  const captured = await run('vhost', 'capture', '--yes', '--incident', 'INC-42');
  expect(captured.exitCode, captured.stderr).toBe(0);
  const drained = await run('vhost', 'drain', '--queue', 'esr.q', '--yes', '--incident', 'INC-42');
  expect(drained.exitCode, drained.stderr).toBe(0);
  const runs = (await readdir(join(environment.dir, 'runs'))).sort();
  expect(runs).toHaveLength(2);
  await run('runs', 'note', runs[0] ?? '', 'root cause: a full disk | <b>');

  const report = await run('report', '--incident', 'INC-42');
  expect(report.exitCode, report.stderr).toBe(0);
  expect(report.stdout).toContain('- a full disk \\| &lt;b>');
  expect(report.stdout).toContain('2 messages were taken from vhost');
  expect(report.stdout).toContain('*not recorded: what set it off');
  expect(runs.map((name) => report.stdout.includes(name))).toEqual([true, true]);
  const json = await esrOps(['report', runs[1] ?? '', '--output', 'json'], environment);
  expect(json.lines.at(-1)).toMatchObject({
    code: 'report.made',
    payload: { report: { runs: [runs[1]], incident: null } },
  });
  expect((await run('report', '--incident', 'INC-41')).exitCode).toBe(2);

  const archive = join(folder, 'INC-42.tar.gz');
  const written = await run('report', '--incident', 'INC-42', '--bundle', archive);
  expect(written.exitCode, written.stderr).toBe(0);
  expect((await stat(archive)).mode & 0o777).toBe(0o600);
  const again = await run('report', '--incident', 'INC-42', '--bundle', archive);
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('is there already')]);

  await mkdir(join(folder, 'out'));
  execFileSync('tar', ['-xzf', archive, '-C', join(folder, 'out')]);
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  expect(names[0]).toBe('esr-ops-INC-42/manifest.json');
  expect(names.slice(1)).toEqual([...names.slice(1)].sort());
  const kinds = names.map((name) => name.replace('esr-ops-INC-42/', '').replace(/\/.*/, '')).sort();
  expect(kinds).toEqual([
    'broker.json',
    'captures',
    'drains',
    'manifest.json',
    'report.md',
    'runs',
    'runs',
    'timeline.jsonl',
    'versions.json',
  ]);
  for (const name of names) {
    const content = await readFile(join(folder, 'out', name), 'utf8');
    expect([name, leaksIn(content, secrets)]).toEqual([name, []]);
  }
  const manifest = JSON.parse(await readFile(join(folder, 'out', names[0] ?? ''), 'utf8')) as {
    secrets: { searchedFor: string[]; notSearchedFor: string[] };
  };
  expect(manifest.secrets.searchedFor).toHaveLength(3);
  expect(manifest.secrets.notSearchedFor).toEqual([]);
}, 120_000);
