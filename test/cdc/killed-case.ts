import { expect, it } from 'vitest';
import { inPool, pointsOf, randomFrom, sample, type Point } from '../crash/points.ts';
import { endOf, newestJournal } from '../crash/recovering.ts';
import { esrOps } from '../support/program.ts';
import type { CdcWorld } from './reset-world.ts';

const every = process.env['ESR_OPS_CRASH'] === 'all';
/** Draws what is drawn here; printed with the crash points, and given by ESR_OPS_SEED. */
export const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
const sampled = Number(process.env['ESR_OPS_CRASH'] ?? 2) || 2;
const atOnce = 4;

/** A command of CDC that is killed at records of its journal. */
interface KilledCommand<W extends CdcWorld> {
  /** As it is typed, without arguments. */
  readonly command: string;
  /** What is the old one or the new one, whenever it is killed. */
  readonly thing: string;
  readonly newWorld: (name: string) => Promise<W>;
  /** The whole command for a world, with its consent. */
  readonly args: (world: W) => Promise<readonly string[]> | readonly string[];
  readonly killAndResume: (world: W, point: Point) => Promise<void>;
}

/** A case: each point in a world of its own, a few drawn by ESR_OPS_SEED or, with ESR_OPS_CRASH=all, every one. */
export function killedCase<W extends CdcWorld>(of: KilledCommand<W>): void {
  const worldOf = (name: string): Promise<W> => of.newWorld(`${of.command.replace(' ', '-')}-${name}`);
  it(
    `killed at a record of its journal and resumed: the ${of.thing} is the old or the new one, and CDC runs in the end`,
    async () => {
      const undisturbed = await worldOf('undisturbed');
      const whole = await esrOps(await of.args(undisturbed), undisturbed.environment);
      expect(whole.exitCode, endOf(whole)).toBe(0);
      await undisturbed.control('stop');
      const records = (await newestJournal(undisturbed.environment)).length;
      const all = pointsOf('down', records).filter(({ record, way }) => record > 0 || way === 'after');
      const chosen = every ? all : sample(all, sampled, randomFrom(seed));
      const failed: string[] = [];
      await inPool(chosen, atOnce, async (point) => {
        try {
          const world = await worldOf(`killed-${point.record}-${point.way}`);
          await of.killAndResume(world, point);
          // So many of them at once would only keep the machine busy.
          await world.control('stop');
        } catch (error) {
          failed.push(
            `record ${point.record}, ${point.way}: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      });
      process.stderr.write(
        `Crash points of ${of.command}: ${chosen.length} of ${all.length} (ESR_OPS_SEED=${seed}; ESR_OPS_CRASH=all runs every one).\n`,
      );
      expect(failed, `ESR_OPS_SEED=${seed}`).toEqual([]);
    },
    every ? 3_600_000 : 400_000,
  );
}
