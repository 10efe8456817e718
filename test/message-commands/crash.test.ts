import { expect, test } from 'vitest';
import { crashPoints, crashTimeout, killAndResume } from '../crash/kill-and-resume.ts';
import { randomFrom, seed } from '../crash/points.ts';
import { newestJournal } from '../crash/recovering.ts';
import {
  because,
  deadLetters,
  died,
  expectDrained,
  expectRestored,
  expectThere,
  filled,
  maybeTwice,
} from './filled.ts';
import { messageScene, type MessageScene } from './scene.ts';

const each = 150;
/** One of the commands, drawn, in the suite; each of them by torture. */
const every = process.env['ESR_OPS_CRASH'] !== undefined;

/** A command that takes or gives messages. */
interface Case {
  readonly prepare: () => Promise<MessageScene>;
  readonly command: (scene: MessageScene) => Promise<readonly string[]> | readonly string[];
  /** What is true once it is done, seen from outside; `twice`: how many it said may be there twice. */
  readonly holds: (scene: MessageScene, twice: number) => Promise<unknown>;
}

async function ran(scene: MessageScene, ...words: string[]): Promise<void> {
  const ended = await scene.run(...words);
  expect(ended.exitCode, because(ended)).toBe(0);
}

async function withDeadLetters(...then: readonly string[]): Promise<MessageScene> {
  const scene = await messageScene();
  await deadLetters(scene);
  scene.hangUp();
  if (then.length > 0) await ran(scene, ...then);
  return scene;
}

const cases: Readonly<Record<string, Case>> = {
  'vhost drain': {
    prepare: () => filled(each),
    command: () => ['vhost', 'drain', '--yes'],
    holds: (scene) => expectDrained(scene, each),
  },
  'vhost restore': {
    prepare: async () => {
      const scene = await filled(each);
      await ran(scene, 'vhost', 'drain', '--yes');
      return scene;
    },
    command: async (scene) => ['vhost', 'restore', (await scene.drains()).at(-1) ?? '', '--yes'],
    holds: (scene, twice) => expectRestored(scene, each, twice),
  },
  'dlq park': {
    prepare: withDeadLetters,
    command: () => ['dlq', 'park', 'esr.dlq', 'parked', '--yes'],
    holds: (scene, twice) => expectThere(scene, { 'esr.dlq': [], parked: Object.values(died).flat() }, twice),
  },
  'dlq requeue': {
    prepare: () => withDeadLetters('dlq', 'park', 'esr.dlq', 'parked', '--yes'),
    command: () => ['dlq', 'requeue', 'parked', '--yes'],
    holds: (scene, twice) => expectThere(scene, { parked: [], ...died }, twice),
  },
};

const names = Object.keys(cases);
const drawn = names[Math.floor(randomFrom(seed)() * names.length)] ?? 'vhost drain';

test.each(every ? names : [drawn])(
  '%s, cut off at a record of its journal and resumed, loses nothing',
  async (name) => {
    const { prepare, command, holds } = cases[name] ?? expect.fail(`no case ${name}`);
    const calm = await prepare();
    await ran(calm, ...(await command(calm)));
    await holds(calm, 0);
    const failures: string[] = [];
    for (const point of crashPoints((await newestJournal(calm.environment)).length, 2)) {
      const scene = await prepare();
      try {
        const ended = await killAndResume(await command(scene), scene.environment, point);
        await holds(scene, maybeTwice(ended));
      } catch (error) {
        failures.push(`${name}, record ${point.record}, ${point.way}: ${String(error)}`);
        process.stderr.write(`FAILED ${failures.at(-1)}\n`);
      }
    }
    expect(failures).toEqual([]);
  },
  crashTimeout(120_000),
);
