import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startOps } from '../crash/started.ts';
import { pointsOf, randomFrom, sample } from '../crash/points.ts';
import { endOf, killedAt, newestJournal } from '../crash/recovering.ts';
import type { Ended } from '../support/program.ts';
import { messageScene, said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 600_000 });

const every = process.env['ESR_OPS_CRASH'] === 'all';
const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const because = (ended: Pick<Ended, 'stderr'>): string => `ESR_OPS_SEED=${seed}\n${ended.stderr.slice(-2_000)}`;
const queues = ['left', 'right'] as const;

/** A scene with so many messages in each queue; every tenth body is the same as others. */
async function filled(each: number): Promise<MessageScene> {
  const scene = await messageScene();
  for (const queue of queues) {
    await scene.queue(queue);
    await scene.publish(queue, bodiesOf(queue, each));
  }
  scene.hangUp();
  return scene;
}

function bodiesOf(queue: string, each: number): readonly string[] {
  return Array.from({ length: each }, (_, index) =>
    (index % 10 === 0 ? `${queue} same` : `${queue} ${index}`).padEnd(200, '.'),
  );
}

/** How often the resumed runs said that a message may be there twice. */
function maybeTwice(ended: Pick<Ended, 'stderr'>): number {
  return Math.max(0, ...[...said(ended).matchAll(/may be there twice: (\d+)/g)].map(([, count]) => Number(count)));
}

/** Every message of a drain, and that none is left in the queues. */
async function expectDrained(scene: MessageScene, each: number): Promise<void> {
  for (const queue of queues) expect(await scene.take(queue)).toEqual([]);
  const drain = (await scene.drains()).at(-1) ?? '';
  expect(await scene.drains()).toHaveLength(1);
  const counted = await scene.run('vhost', 'messages', drain, '--count', '--output', 'json');
  expect(counted.lines.at(-1), because(counted)).toMatchObject({
    payload: { total: 2 * each, queues: { left: each, right: each } },
  });
}

/** All that was published is in its queue, and no more twice than was said. */
async function expectRestored(scene: MessageScene, each: number, twice: number): Promise<number> {
  let more = 0;
  for (const queue of queues) {
    const found = await scene.bodies(queue);
    const left = new Map<string, number>();
    for (const body of found) left.set(body, (left.get(body) ?? 0) + 1);
    for (const body of bodiesOf(queue, each)) left.set(body, (left.get(body) ?? 0) - 1);
    const missing = [...left].filter(([, count]) => count < 0);
    expect(missing, `ESR_OPS_SEED=${seed}`).toEqual([]);
    more += found.length - each;
  }
  expect(more, `ESR_OPS_SEED=${seed}`).toBeLessThanOrEqual(twice);
  return more;
}

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

it('drain and restore, killed at a record of the journal and resumed, lose nothing', async () => {
  const each = 150;
  const failures: string[] = [];
  let tried = 0;
  for (const what of ['drain', 'restore'] as const) {
    const command = async (scene: MessageScene): Promise<readonly string[]> => [
      'vhost',
      what,
      ...(what === 'restore' ? [(await scene.drains()).at(-1) ?? ''] : []),
      '--yes',
    ];
    const prepare = async (): Promise<MessageScene> => {
      const scene = await filled(each);
      if (what === 'restore') {
        const drained = await scene.run('vhost', 'drain', '--yes');
        expect(drained.exitCode, because(drained)).toBe(0);
      }
      return scene;
    };
    const calm = await prepare();
    const ended = await calm.run(...(await command(calm)));
    expect(ended.exitCode, because(ended)).toBe(0);
    const records = (await newestJournal(calm.environment)).length;
    const all = pointsOf('sick', records).filter(({ record, way }) => record > 0 || way === 'after');
    for (const point of every ? all : sample(all, 3, random)) {
      tried += 1;
      const scene = await prepare();
      try {
        const killed = await killedAt(await command(scene), scene.environment, point);
        expect(killed.exitCode, endOf(killed)).toBe(137);
        const resumed = await scene.run('resume', '--yes');
        expect(resumed.exitCode, because(resumed)).toBe(0);
        if (what === 'drain') await expectDrained(scene, each);
        else await expectRestored(scene, each, maybeTwice(resumed));
      } catch (error) {
        failures.push(`${what}, record ${point.record}, ${point.way}: ${String(error)}`);
      }
    }
  }
  process.stderr.write(`Killed at ${tried} records of drains and restores (ESR_OPS_SEED=${seed}).\n`);
  expect(failures).toEqual([]);
});

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
