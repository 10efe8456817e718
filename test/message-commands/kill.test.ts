import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startOps } from '../crash/started.ts';
import { randomFrom, seed } from '../crash/points.ts';
import type { Ended } from '../support/program.ts';
import { because, expectDrained, expectRestored, filled, maybeTwice } from './filled.ts';
import { said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 600_000 });

const every = process.env['ESR_OPS_CRASH'] === 'all';
const random = randomFrom(seed);

/** Octets of segments, and of ledgers, of the scene's drains. */
function written({ environment }: MessageScene, what: RegExp): number {
  const root = join(environment.dir, 'drains');
  try {
    return readdirSync(root)
      .flatMap((drain) => readdirSync(join(root, drain)).map((name) => join(root, drain, name)))
      .filter((path) => what.test(path))
      .reduce((sum, path) => sum + statSync(path).size, 0);
  } catch {
    return 0;
  }
}

/** Starts the program and sends it the signal when so much is written, or not at all when it ends before. */
async function struck(
  scene: MessageScene,
  args: readonly string[],
  signal: 'SIGINT' | 'SIGKILL',
  when: { readonly what: RegExp; readonly octets: number; readonly thenMs: number },
): Promise<Omit<Ended, 'lines'>> {
  const started = startOps(args, scene.environment);
  onTestFinished(() => started.kill('SIGKILL'));
  const from = written(scene, when.what);
  const done = { ended: false };
  const ended = started.ended.finally(() => (done.ended = true));
  while (!done.ended && written(scene, when.what) < from + when.octets) await sleep(1);
  await sleep(when.thenMs);
  started.kill(signal);
  return await ended;
}

const segments = /segment-\d+\.esrq$/;
const ledgers = /restore-[0-9a-f]+\.jsonl$/;

it('drain and restore of 20,000 messages, killed in the middle again and again, lose nothing', async () => {
  const each = 10_000;
  const kills = every ? 12 : 3;
  const scene = await filled(each);
  let killed = 0;
  let args: readonly string[] = ['vhost', 'drain', '--yes'];
  for (let go = 0; go < kills; go += 1) {
    const octets = 1 + Math.floor(random() * 900_000);
    const ended = await struck(scene, args, 'SIGKILL', { what: segments, octets, thenMs: random() * 5 });
    killed += ended.exitCode === 137 ? 1 : 0;
    args = ['resume', '--yes'];
    if (ended.exitCode !== 137) break;
  }
  const resumed = await scene.run('resume', '--yes');
  expect(resumed.exitCode, because(resumed)).toBe(0);
  expect(maybeTwice(resumed)).toBe(0);
  await expectDrained(scene, each);
  scene.hangUp();

  const drain = (await scene.drains()).at(-1) ?? '';
  args = ['vhost', 'restore', drain, '--yes'];
  for (let go = 0; go < kills; go += 1) {
    const octets = 200 + Math.floor(random() * 3_000);
    const ended = await struck(scene, args, 'SIGKILL', { what: ledgers, octets, thenMs: random() * 30 });
    killed += ended.exitCode === 137 ? 1 : 0;
    args = ['resume', '--yes'];
    if (ended.exitCode !== 137) break;
  }
  const last = await scene.run('resume', '--yes');
  expect(last.exitCode, because(last)).toBe(0);
  const ledger = maybeTwice(last);
  const more = await expectRestored(scene, each, ledger);
  expect(killed, `ESR_OPS_SEED=${seed}`).toBeGreaterThan(1);
  process.stderr.write(
    `Killed ${killed} times in the middle: 0 lost, ${more} twice, ${ledger} said to be possible (ESR_OPS_SEED=${seed}).\n`,
  );
});

it('Ctrl-C in the middle of a drain and of a restore ends at a message boundary: exit 130, and resume finishes', async () => {
  const each = 10_000;
  const scene = await filled(each);
  const stopped = await struck(scene, ['vhost', 'drain', '--yes'], 'SIGINT', {
    what: segments,
    octets: 200_000,
    thenMs: 0,
  });
  expect(stopped.exitCode, because(stopped)).toBe(130);
  expect(said(stopped)).toContain('esr-ops resume');
  const [drain = ''] = await scene.drains();
  expect(readFileSync(join(scene.environment.dir, 'drains', drain, 'manifest.json'), 'utf8')).toContain('"open"');
  const refused = await scene.run('vhost', 'restore', drain, '--yes');
  expect([4, 7], because(refused)).toContain(refused.exitCode);
  const resumed = await scene.run('resume', '--yes');
  expect(resumed.exitCode, because(resumed)).toBe(0);
  expect(maybeTwice(resumed)).toBe(0);
  await expectDrained(scene, each);
  scene.hangUp();

  const restoring = await struck(scene, ['vhost', 'restore', drain, '--yes'], 'SIGINT', {
    what: ledgers,
    octets: 700,
    thenMs: 0,
  });
  expect(restoring.exitCode, because(restoring)).toBe(130);
  const last = await scene.run('resume', '--yes');
  expect(last.exitCode, because(last)).toBe(0);
  expect(await expectRestored(scene, each, 0)).toBe(0);
});
