import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { esrOps } from '../support/program.ts';
import { crashPoints, crashTimeout, killAndResume } from './kill-and-resume.ts';
import { inPool, randomFrom, seed } from './points.ts';
import { endOf, expectWorldAsBefore, newestJournal } from './recovering.ts';
import { openScene, type Scene } from './scene.ts';
import { worldOf } from './vhost-world.ts';

const every = process.env['ESR_OPS_CRASH'] !== undefined;
const random = randomFrom(seed);
const atOnce = Number(process.env['ESR_OPS_AT_ONCE'] ?? 3);

/** A command of a running vhost that is in use, also by a service with the program's own user. */
interface Case {
  readonly command: (scene: Scene) => readonly string[];
  /** What must have been done before it. */
  readonly prepare?: readonly string[];
  /** What is true once it is done, seen from outside. */
  readonly holds: (scene: Scene) => Promise<void>;
}

async function ops(scene: Scene, ...words: readonly string[]): Promise<string> {
  const ended = await esrOps(words, scene.environment);
  expect(ended.exitCode, endOf(ended)).toBe(0);
  return ended.stdout;
}

/** Everything and everybody as before. */
async function asBefore(scene: Scene): Promise<void> {
  await expectWorldAsBefore(scene);
  await scene.clientIsBack();
}

const cases: Readonly<Record<string, Case>> = {
  'vhost capture': {
    command: () => ['vhost', 'capture', '--yes'],
    holds: async (scene) => {
      await asBefore(scene);
      // Whole, good, and of this content: another one is not needed.
      const kept = () => readdir(join(scene.environment.dir, 'captures'));
      const before = await kept();
      await ops(scene, 'vhost', 'capture', '--if-changed', '--yes');
      expect(await kept()).toEqual(before);
    },
  },
  'vhost fence': {
    command: () => ['vhost', 'fence', '--yes'],
    holds: async (scene) => {
      const { permissions } = await worldOf(scene.vhost.segment, scene.me);
      expect(permissions).toEqual([expect.stringContaining(scene.me)]);
      await ops(scene, 'vhost', 'lift', '--yes');
      await asBefore(scene);
    },
  },
  'vhost lift': { prepare: ['vhost', 'fence', '--yes'], command: () => ['vhost', 'lift', '--yes'], holds: asBefore },
  'vhost recreate': {
    command: ({ vhost }) => ['vhost', 'recreate', '--yes', '--confirm', `recreate:${vhost.name}`],
    holds: async (scene) => {
      expect(scene.deletes()).toBe(1);
      await asBefore(scene);
    },
  },
};

async function inScene<T>({ prepare }: Case, work: (scene: Scene) => Promise<T>): Promise<T> {
  const scene = await openScene({ fault: 'sick' });
  try {
    if (prepare !== undefined) await ops(scene, ...prepare);
    return await work(scene);
  } finally {
    await scene.remove();
  }
}

const names = Object.keys(cases);
const drawn = names[Math.floor(random() * names.length)] ?? 'vhost fence';

test.each(every ? names : [drawn])(
  '%s, cut off at a record of its journal and resumed, ends where it ends undisturbed',
  async (name) => {
    const one = cases[name] ?? expect.fail(`no case ${name}`);
    const failed: string[] = [];
    onTestFinished(() => {
      process.stderr.write(`${name}: ${failed.length} failed.\n`);
    });
    const records = await inScene(one, async (scene) => {
      await ops(scene, ...one.command(scene));
      const written = (await newestJournal(scene.environment)).length;
      await one.holds(scene);
      return written;
    });
    await inPool(crashPoints(records, 3), atOnce, async (point) => {
      try {
        await inScene(one, async (scene) => {
          await killAndResume(one.command(scene), scene.environment, point);
          await one.holds(scene);
        });
      } catch (error) {
        failed.push(`${name}, record ${point.record}, ${point.way}: ${String(error)}`);
        process.stderr.write(`FAILED ${failed.at(-1)}\n`);
      }
    });
    expect(failed).toEqual([]);
  },
  crashTimeout(120_000),
);
