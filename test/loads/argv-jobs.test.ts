import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../src/lab/until.ts';
import type { LoadOrder } from '../../src/core/ports-loads.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { createLocalWriter } from '../../src/services/host/writer.ts';
import { argvLog, argvRunning, argvState } from '../../src/services/loads/argv-jobs.ts';
import { startArgv, stopArgv } from '../../src/services/loads/argv-jobs-writer.ts';
import { load } from '../fast/loads/samples.ts';

const [reader, writer] = [createLocalReader(), createLocalWriter()];
const before = process.env['XDG_STATE_HOME'];
let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-jobs-'));
  process.env['XDG_STATE_HOME'] = home;
});
afterAll(async () => {
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
  await rm(home, { recursive: true, force: true });
});

function order(name: string, id: string, replaces: string | null = null): LoadOrder {
  return { load: load(name), date: '2019-10-17', id, replaces, parameters: {}, offices: [] };
}

const start = (one: LoadOrder, script: string) => {
  const words = ['-c', script, 'sh', join(home, `${one.load.name}.out`)];
  return startArgv(one, { kind: 'argv', program: 'sh', args: [{ when: null, words }], host: null }, writer);
};
const ended = async (one: LoadOrder) => {
  await until('the run to end', async () => (await argvState(one, reader)).is === 'ended', { atMostMs: 60_000 });
  return await argvState(one, reader);
};

test('of many orders at once one runs; the same order given again runs no second time', async () => {
  const orders = ['a', 'b', 'c', 'd', 'e'].map((id) => order('race', id));
  const tries = await Promise.allSettled(orders.map((one) => start(one, 'echo ran >> "$1"; sleep 0.3')));
  const won = orders.filter((_, index) => tries[index]!.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await Promise.all([1, 2, 3].map(() => start(won[0]!, 'echo ran >> "$1"')));
  expect(await ended(won[0]!)).toMatchObject({ is: 'ended', id: won[0]!.id, exitCode: 0 });
  expect(await readFile(join(home, 'race.out'), 'utf8')).toBe('ran\n');
  await expect(start(order('race', 'f'), 'true')).rejects.toThrow('another order');
  await start(order('race', 'f', won[0]!.id), 'echo again >> "$1"; exit 7');
  expect(await ended(order('race', 'f'))).toMatchObject({ id: 'f', exitCode: 7 });
  expect(await readFile(join(home, 'race.out'), 'utf8')).toBe('ran\nagain\n');
});

test('a run is seen, its log is read by whole lines, and it is stopped with all that it began', async () => {
  const one = order('long', 'x');
  expect(await argvState(one, reader)).toEqual({ is: 'none' });
  await start(one, 'printf "first\\nsec"; sleep 60 & echo $! > "$1"; wait');
  expect(await argvState(one, reader)).toMatchObject({ is: 'running', id: 'x' });
  expect(await argvRunning(one.load, reader)).toEqual([{ date: '2019-10-17', id: 'x' }]);
  const log = await argvLog(one, null, reader);
  expect(log.lines).toEqual(['first']);
  const child = Number(await readFile(join(home, 'long.out'), 'utf8'));
  await stopArgv(one, 'x', 5_000, writer);
  expect(await ended(one)).toMatchObject({ exitCode: 143 });
  expect((await argvLog(one, log.next, reader)).lines.join()).toMatch(/^sec/);
  // Ended: not there any more, or a zombie that nobody has collected yet.
  const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => ') Z');
  expect(stat.slice(stat.lastIndexOf(')') + 2)).toMatch(/^Z/);
  expect(await argvRunning(one.load, reader)).toEqual([]);
});
