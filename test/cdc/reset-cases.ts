import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/journal.ts';
import { randomFrom, type Point } from '../crash/points.ts';
import { endOf, killedAt, newestJournal, runsOf } from '../crash/recovering.ts';
import { accessTo } from '../support/maxwell-world.ts';
import { esrOps, type Ended } from '../support/program.ts';
import { killedCase, seed } from './killed-case.ts';
import type { SharedLab } from './shared-lab.ts';
import { resetWorld, type ResetWorld } from './reset-world.ts';
import { startsFrom } from './starts-from.ts';

const reset = async ({ environment, since }: ResetWorld): Promise<readonly string[]> =>
  tokensFor(['maxwell', 'reset', '--to', since], environment);
const tokensFor = async (
  command: readonly string[],
  environment: ResetWorld['environment'],
): Promise<readonly string[]> => {
  const { lines, stderr } = await esrOps([...command, '--dry-run', '--output', 'json'], environment);
  const ended = lines.find((line) => line['code'] === 'dry-run.ended')?.['payload'] as { tokens: string[] } | undefined;
  if (ended === undefined) throw new Error(stderr);
  return [...command, '--yes', ...ended.tokens.flatMap((token) => ['--confirm', token])];
};
/** Runs the program up to the write of the row; calling what is returned lets it go on to its end. */
const heldAtWrite = (args: readonly string[], { environment }: ResetWorld): (() => Promise<Ended>) => {
  const gate = join(environment.home, 'go-on');
  const run = esrOps(args, environment, {
    nodeArgs: ['--import', join(import.meta.dirname, 'hold-at-write.mjs')],
    env: { HOLD_UNTIL: gate },
  });
  return async () => {
    await writeFile(gate, '');
    return run;
  };
};
const placeOf = (row: Record<string, unknown> | undefined): string =>
  `${String(row?.['binlog_file'])}:${String(row?.['binlog_position'])}`;
const targetOf = (args: readonly string[]): string => (args.at(-1) ?? '').replace('replay:', '');

/** What `maxwell reset` must show, each in a world of its own. */
export function resetCases(lab: SharedLab): void {
  const newWorld = (name: string): Promise<ResetWorld> => lab.own(() => resetWorld(lab.scene(), name));
  const inWorld = (name: string, work: (world: ResetWorld) => Promise<void>) => async (): Promise<void> => {
    const world = await newWorld(name);
    await work(world);
    // So many of them at once would only keep the machine busy.
    await world.control('stop');
  };

  // Mostly they wait for a heartbeat to stand still.
  describe.concurrent('maxwell reset', () => {
    it(
      'loses against whoever moved the row between the proof and the write, and says so',
      inWorld('beaten', async (world) => {
        const args = await reset(world);
        // A place from which it can start, and not where it will have stopped.
        const earlier = await world.row();
        const run = heldAtWrite(args, world);
        await world.intended('reset');
        const [file, offset] = [String(earlier?.['binlog_file']), Number(earlier?.['binlog_position'])];
        await lab
          .scene()
          .root.query('UPDATE maxwell.positions SET binlog_file = ?, binlog_position = ? WHERE client_id = ?', [
            file,
            offset,
            world.clientId,
          ]);
        const ended = await run();
        expect(ended.exitCode, endOf(ended)).toBe(1);
        const said = (stderr: string): string => stderr.replaceAll(/\s+/g, ' ');
        expect(said(ended.stderr)).toContain('The stored position is no longer mysql-bin.');
        expect(said(ended.stderr)).toContain('CDC is stopped: no change is published until it is started again.');
        expect(ended.stderr).not.toContain('esr-ops resume');
        expect(placeOf(await world.row())).toBe(`${file}:${offset}`);
        expect(await world.control('status')).toBe(3);

        // Resuming tells the same at once, and does nothing; the commands that are named get on.
        const began = (await newestJournal(world.environment)).length;
        const resumed = await esrOps(['resume', '--yes'], world.environment);
        expect(resumed.exitCode, endOf(resumed)).toBe(1);
        expect(said(resumed.stderr)).toContain('It still is so: the stored position reads');
        const since = ((await newestJournal(world.environment)) as unknown as readonly JournalRecord[]).slice(began);
        expect(since.map(({ entry }) => entry.type)).toEqual(['run.resumed', 'run.ended']);
        const [runId = ''] = await runsOf(world.environment);
        for (const command of [
          ['runs', 'ack', runId, '--reason', 'somebody else was here'],
          ['cdc', 'restart', '--yes'],
        ]) {
          expect(resumed.stderr).toContain(`esr-ops ${command.slice(0, 2).join(' ')}`);
          const way = await esrOps(command, world.environment);
          expect(way.exitCode, endOf(way)).toBe(0);
        }
        expect(await world.control('status')).toBe(0);
        expect(await world.log()).toContain(`Setting initial binlog pos to: ${file}:${offset}`);
      }),
      200_000,
    );

    it(
      'goes to a place of the log, and back again as long as the replay has not sent it all',
      inWorld('placed', async (world) => {
        const { environment } = world;
        const target = placeOf(await world.row());
        const dry = (...args: string[]) => esrOps(['maxwell', 'reset', ...args, '--dry-run'], environment);
        const middle = await dry('--to', 'mysql-bin.000001:5');
        expect([middle.exitCode, middle.stderr]).toEqual([4, expect.stringContaining('no place at which an event')]);
        for (const given of [[], ['--to', target, '--gtid', '0-1-1']]) {
          const usage = await dry(...given);
          expect([usage.exitCode, usage.stderr]).toEqual([2, expect.stringContaining('Exactly one of --to, --gtid')]);
        }
        // Maxwell stores where a transaction's rows end; the nearest place before that is where it begins.
        const inside = await dry('--to', target);
        const boundary = /take (mysql-bin\.\d+:\d+): it leaves nothing out/.exec(inside.stderr)?.[1] ?? target;

        // It can't be started: the row is set, and nothing of the replay is sent.
        const start = join(environment.home, 'start.json');
        await rename(start, `${start}.hidden`);
        const set = await esrOps(
          ['maxwell', 'reset', '--to', boundary, '--yes', '--confirm', `replay:${boundary}`],
          environment,
        );
        await rename(`${start}.hidden`, start);
        expect(set.exitCode, endOf(set)).toBe(1);
        expect(set.stderr.replaceAll(/\s+/g, ' ')).toContain('CDC is stopped: no change is published until');
        expect(placeOf(await world.row())).toBe(boundary);
        const [run = ''] = await runsOf(environment);
        expect((await esrOps(['runs', 'ack', run, '--reason', 'seen'], environment)).exitCode).toBe(0);

        const args = await tokensFor(['maxwell', 'reset', '--undo', run], environment);
        const undone = await esrOps(args, environment);
        expect(undone.exitCode, endOf(undone)).toBe(0);
        expect(undone.stderr.replaceAll(/\s+/g, ' ')).toContain(`the stored position still is what run ${run} wrote`);
        expect(targetOf(args)).not.toBe(boundary);
        expect(await world.log()).toContain(`Setting initial binlog pos to: ${targetOf(args)}`);

        const over = await dry('--undo', run);
        expect(over.stdout.replaceAll(/\s+/g, ' ')).toMatch(/The replay of run \S+ is over|is .* already/);
        const misspelt = await dry('--undo', `${run}x`);
        expect([misspelt.exitCode, misspelt.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
          2,
          expect.stringContaining(`Did you mean \`${run}\``),
        ]);
      }),
      200_000,
    );

    it(
      'starts from each of a sample of located positions and reads on',
      inWorld('located', async (world) => {
        const { mariadb, cdc } = lab.scene().lab.running;
        const access = accessTo(mariadb.port, mariadb.reader.user, await readFile(mariadb.reader.passwordFile, 'utf8'));
        await startsFrom(
          { ...world, access, root: lab.scene().root, schemaDatabase: cdc?.schemaDatabase ?? '' },
          { from: Date.parse(world.since), to: Date.now(), count: 5, random: randomFrom(seed) },
        );
        await world.control('start');
      }),
      200_000,
    );

    it(
      'sees a Maxwell that comes back between the proof and the write, and leaves its row alone',
      inWorld('returned', async (world) => {
        const args = await reset(world);
        const run = heldAtWrite(args, world);
        await world.intended('reset');
        await world.control('start');
        const ended = await run();
        expect(ended.exitCode, endOf(ended)).toBe(1);
        expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(
          'Maxwell runs: it would write its own position over this',
        );
        expect(placeOf(await world.row())).not.toBe(targetOf(args));
        expect(await world.control('status')).toBe(0);
      }),
      200_000,
    );

    it(
      'is not begun where the process can not be stopped',
      inWorld('stays', async (world) => {
        const args = await reset(world);
        const { home } = world.environment;
        // The control looks for a process that it does not know any more: gone, it says, and its heartbeat still moves.
        await rename(join(home, 'pid'), join(home, 'pid.hidden'));
        const ended = await esrOps(args, world.environment);
        await rename(join(home, 'pid.hidden'), join(home, 'pid'));
        expect(ended.exitCode, endOf(ended)).toBe(1);
        expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain('its heartbeat moves: a Maxwell of this client runs');
        expect(placeOf(await world.row())).not.toBe(targetOf(args));
      }),
      200_000,
    );

    killedCase({ command: 'maxwell reset', thing: 'row', newWorld, args: reset, killAndResume });
  });
}

async function killAndResume(world: ResetWorld, point: Point): Promise<void> {
  const { environment } = world;
  const args = await reset(world);
  const killed = await killedAt(args, environment, point);
  expect(killed.exitCode, endOf(killed)).toBe(137);
  const row = await world.row();
  const runs = (await world.control('status')) === 0;
  const journal = await newestJournal(environment).catch(() => []);
  const planned = (journal as unknown as readonly JournalRecord[]).flatMap(({ entry }) =>
    entry.type === 'change.intended' && entry.change.kind === 'maxwell.reset' ? [entry.change] : [],
  )[0];
  // While it runs, Maxwell moves its row itself; stopped, the row is one of two.
  if (!runs && planned !== undefined) {
    const was = planned.was?.position;
    expect([`${was?.file ?? ''}:${was?.offset ?? ''}`, targetOf(args)]).toContain(placeOf(row));
  }
  const resumed = await esrOps(['resume', '--yes'], environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(await runsOf(environment)).toHaveLength(1);
  expect(await world.control('status')).toBe(0);
  expect((await world.log()).split('starting at').length - 1).toBeGreaterThanOrEqual(2);
  expect(await world.log()).toContain(`Setting initial binlog pos to: ${targetOf(args)}`);
}
