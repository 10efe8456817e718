import { join } from 'node:path';
import { expect } from 'vitest';
import { esrOps, type Ended, type TestEnvironment } from '../support/program.ts';
import { checkJournal } from './check-journal.ts';
import { isKill, leavesNothing, pointsOf, randomFrom, sample, seed, ways, type Point } from './points.ts';
import { endOf, journalOf, killedAt, runsOf } from './recovering.ts';

/** How many points are tried: all of them, so many, or (undefined) each test's own sample. */
const asked = process.env['ESR_OPS_CRASH'];

/** Where a command that writes so many records is to be killed: a sample of so many places, or all of them. */
export function crashPoints(records: number, sampled: number): readonly Omit<Point, 'fault'>[] {
  const all = pointsOf('down', records, ways);
  const chosen = asked === 'all' ? all : sample(all, Number(asked ?? sampled), randomFrom(seed));
  process.stderr.write(`Crash points: ${chosen.length} of ${all.length} (ESR_OPS_SEED=${seed}).\n`);
  return chosen;
}

/** Ms for a test of so many points. */
export function crashTimeout(each: number): number {
  // Three times what it takes: only what hangs is to be ended.
  return asked === undefined ? 3 * each : 7_200_000;
}

/** How many records the only run of an environment wrote. */
export async function recordsOf(environment: TestEnvironment): Promise<number> {
  const [run = 'no run'] = await runsOf(environment);
  return (await checkJournal(journalOf(environment, run))).length;
}

/**
 * Runs a command that is cut off at a point, and resumes it; one that left nothing to resume is run again. Its journal
 * must end done, and be the only one. `environment` has a state folder of its own. Returns what was said last.
 */
export async function killAndResume(
  command: readonly string[],
  environment: TestEnvironment,
  point: Omit<Point, 'fault'>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Ended> {
  const name = `record ${point.record}, ${point.way}, ESR_OPS_SEED=${seed}`;
  const killed = await killedAt(command, environment, point);
  if (isKill(point.way)) expect(killed.exitCode, `${name}: ${endOf(killed)}`).toBe(137);
  else expect([1, 6], `${name}: ${endOf(killed)}`).toContain(killed.exitCode);
  await meanwhile();
  const consents = command.flatMap((word, at) => (command[at - 1] === '--confirm' ? ['--confirm', word] : []));
  const again = leavesNothing(point) ? command : ['resume', '--yes', ...consents];
  const ended = await esrOps(again, environment);
  expect(ended.exitCode, `${name}: ${endOf(ended)}`).toBe(0);
  const [last = ''] = (await runsOf(environment)).slice(-1);
  const journal = await checkJournal(journalOf(environment, last));
  expect(journal.at(-1)?.entry, name).toMatchObject({ type: 'run.ended', exit: 'done' });
  return ended;
}

/** The same environment with a state folder of its own, as on another host. */
export function withOwnState(environment: TestEnvironment, name: string): TestEnvironment {
  const state = join(environment.home, `state-${name}`);
  return {
    ...environment,
    dir: join(state, 'esr-ops', 'test'),
    env: { ...environment.env, XDG_STATE_HOME: state },
  };
}
