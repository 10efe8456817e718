import { expect, test } from 'vitest';
import { esrOps } from '../support/program.ts';
import { inPool, isKill, leavesNothing, pointsOf, randomFrom, sample, ways, type Point } from './points.ts';
import {
  endOf,
  expectRecovered,
  journalOf,
  killedAt,
  newestJournal,
  recovery,
  resumption,
  runsOf,
} from './recovering.ts';
import { checkJournal } from './check-journal.ts';
import { openScene, type Scene } from './scene.ts';

/** `all` of them, so many, or a sample. */
const asked = process.env['ESR_OPS_CRASH'];
const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
const sampled = asked === undefined || asked === 'all' ? 10 : Number(asked);
const atOnce = Number(process.env['ESR_OPS_AT_ONCE'] ?? 3);

const shown = ({ fault, record, way }: Point): string => `${fault} vhost, record ${record}, ${way}`;

async function inScene(fault: Point['fault'], work: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await openScene({ fault });
  try {
    await work(scene);
  } finally {
    await scene.remove();
  }
}

/** How many records an undisturbed recovery writes. */
async function undisturbed(fault: Point['fault']): Promise<number> {
  let records = 0;
  await inScene(fault, async (scene) => {
    const ended = await esrOps(recovery(scene, fault), scene.environment);
    expect(ended.exitCode, endOf(ended)).toBe(0);
    expect(scene.deletes()).toBe(1);
    records = (await newestJournal(scene.environment)).length;
    await expectRecovered(scene);
  });
  return records;
}

/** Killed, and resumed until the program says that it is done; a kill before the first record leaves nothing to resume. */
async function killAndResume(scene: Scene, point: Point, second: Pick<Point, 'record' | 'way'> | null): Promise<void> {
  const { environment } = scene;
  const killed = await killedAt(recovery(scene, point.fault), environment, point);
  if (isKill(point.way)) expect(killed.exitCode, endOf(killed)).toBe(137);
  else {
    expect([1, 6], endOf(killed)).toContain(killed.exitCode);
    expect(killed.stderr).toMatch(/ENOSPC|EIO|no space|i\/o error/i);
    expect(killed.stderr).not.toContain('This should not happen');
  }
  if (second !== null) await killedAt(resumption, environment, second);
  if (leavesNothing(point)) {
    const listed = await esrOps(['runs', 'list'], environment);
    expect(listed.exitCode, endOf(listed)).toBe(0);
    expect(listed.stdout).toContain('before its first record');
    const nothing = await esrOps(resumption, environment);
    expect(nothing.exitCode, endOf(nothing)).toBe(0);
    expect(scene.deletes()).toBe(0);
    const anew = await esrOps(recovery(scene, point.fault), environment);
    expect(anew.exitCode, endOf(anew)).toBe(0);
  } else {
    const resumed = await esrOps(resumption, environment);
    expect(resumed.exitCode, endOf(resumed)).toBe(0);
    expect(await runsOf(environment)).toHaveLength(1);
  }
  const [last = ''] = (await runsOf(environment)).slice(-1);
  expect((await checkJournal(journalOf(environment, last))).at(-1)?.entry).toMatchObject({
    type: 'run.ended',
    exit: 'done',
  });
  expect(scene.deletes()).toBe(1);
  await expectRecovered(scene);
}

test(
  'killed at a record of its journal and resumed, it ends where an undisturbed run ends, and deletes once',
  async () => {
    const random = randomFrom(seed);
    const all: Point[] = [];
    for (const fault of ['down', 'sick'] as const) all.push(...pointsOf(fault, await undisturbed(fault), ways));
    const chosen = asked === 'all' ? all : sample(all, sampled, random);
    // A resume that is killed as well, somewhere in the little that it may have left to do.
    const plan = chosen.map((point) => ({
      point,
      second:
        random() < 0.25
          ? {
              record: Math.floor(random() * 6),
              way: ways[Math.floor(random() * ways.length)] ?? 'torn',
            }
          : null,
    }));
    const since = Date.now();
    const failed: string[] = [];
    let tried = 0;
    await inPool(plan, atOnce, async ({ point, second }) => {
      try {
        await inScene(point.fault, (scene) => killAndResume(scene, point, second));
      } catch (error) {
        const twice = second === null ? '' : ` and the resume at its record ${second.record}, ${second.way}`;
        failed.push(`${shown(point)}${twice}: ${error instanceof Error ? error.message : String(error)}`);
        process.stderr.write(`FAILED ${failed.at(-1)}\n`);
      }
      // Hundreds of points take many minutes, and are to be seen to go on.
      tried += 1;
      if (tried % 20 === 0)
        process.stderr.write(`${tried} of ${plan.length} points, ${Math.round((Date.now() - since) / 1000)} s\n`);
    });
    process.stderr.write(
      `Crash points: ${chosen.length} of ${all.length} in ${Math.round((Date.now() - since) / 1000)} s, ` +
        `${plan.filter(({ second }) => second !== null).length} killed twice (ESR_OPS_SEED=${seed}; ESR_OPS_CRASH=all runs every one).\n`,
    );
    expect(failed, `ESR_OPS_SEED=${seed}`).toEqual([]);
  },
  asked === undefined ? 600_000 : 7_200_000,
);
