import { appendFile, mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { createSecretRegistry } from '../../../src/core/secret-registry.ts';
import { openJournal } from '../../../src/services/state/journal-writer.ts';
import { neverBegan } from '../../../src/core/never-began.ts';
import { createRunReader, isPlanSpent } from '../../../src/services/state/runs-reader.ts';
import { markPlanSpent, purgeRuns } from '../../../src/services/state/runs-writer.ts';
import { problemOf } from './faults.ts';
import { clockAt, sampleEntries } from './sample-run.ts';
import { tempFolder } from './temp-folder.ts';

async function run(dir: string, name: string, at: string, entries: readonly JournalEntry[]): Promise<string> {
  const journal = await openJournal({ dir, run: name, secrets: createSecretRegistry(), clock: clockAt(at) });
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  return journal.path;
}

test('runs are listed newest first, damaged ones with what is wrong', async () => {
  const dir = await tempFolder();
  expect(await createRunReader(dir).list()).toEqual([]);
  await run(dir, 'old', '2026-03-01T00:00:00Z', sampleEntries('old'));
  await run(dir, 'new', '2026-03-03T00:00:00Z', sampleEntries('new'));
  await run(dir, 'mid', '2026-03-02T00:00:00Z', sampleEntries('mid').slice(0, 3));
  const broken = await run(dir, 'broken', '2026-03-02T00:00:00Z', sampleEntries('broken'));
  await appendFile(broken, 'x\ny\n');
  await utimes(join(dir, 'runs', 'broken'), new Date('2026-03-04'), new Date('2026-03-04'));
  const runs = await createRunReader(dir).list();
  expect(runs.map((found) => found.run)).toEqual(['broken', 'new', 'mid', 'old']);
  expect(runs[0]).toMatchObject({ state: null, damage: expect.stringContaining('record 7') as string });
  expect(runs[1]?.state?.ended?.exit).toBe('done');
  expect(runs[2]).toMatchObject({ damage: null, state: { ended: null, effects: 1 } });
});

test('one run is read; one that is not there is named', async () => {
  const dir = await tempFolder();
  await run(dir, 'a', '2026-03-01T00:00:00Z', sampleEntries('a'));
  expect((await createRunReader(dir).read('a')).records).toHaveLength(7);
  expect(await problemOf(createRunReader(dir).read('b'))).toMatchObject({ code: 'run.not-found', exit: 'usage' });
  expect((await problemOf(createRunReader(dir).read('../runs/a'))).code).toBe('state.bad-name');
});

test('a purge takes old settled runs only', async () => {
  const dir = await tempFolder();
  await run(dir, 'settled-1', '2026-01-01T00:00:00Z', sampleEntries('settled-1'));
  await run(dir, 'settled-2', '2026-01-02T00:00:00Z', sampleEntries('settled-2'));
  await run(dir, 'open', '2026-01-01T00:00:00Z', sampleEntries('open').slice(0, 3));
  await run(dir, 'recent', '2026-03-21T00:00:00Z', sampleEntries('recent'));
  const damaged = await run(dir, 'damaged', '2026-01-01T00:00:00Z', sampleEntries('damaged'));
  await appendFile(damaged, 'x\ny\n');
  await mkdir(join(dir, 'runs', 'unborn'), { mode: 0o700 });
  for (const name of ['unborn', 'damaged'])
    await utimes(join(dir, 'runs', name), new Date('2025-12-31'), new Date('2025-12-31'));
  expect((await createRunReader(dir).list()).find((found) => found.run === 'unborn')?.damage).toBe(neverBegan);

  const clock = clockAt('2026-03-22T00:00:00Z');
  const days = 24 * 3_600_000;
  expect(await purgeRuns({ dir, clock, keep: 100, olderThanMs: 30 * days })).toEqual({ removed: [], kept: 6 });
  expect(await purgeRuns({ dir, clock, keep: 2, olderThanMs: 30 * days })).toEqual({
    removed: ['settled-1', 'unborn'],
    kept: 4,
  });
  expect((await readdir(join(dir, 'runs'))).sort()).toEqual(['damaged', 'open', 'recent', 'settled-2']);
  expect((await purgeRuns({ dir, clock, keep: 0, olderThanMs: 0 })).removed).toEqual(['recent', 'settled-2']);
  expect((await readdir(join(dir, 'runs'))).sort()).toEqual(['damaged', 'open']);
});

test('a plan is spent once, also when many try', async () => {
  const dir = await tempFolder();
  expect(await isPlanSpent(dir, 'p1')).toBe(false);
  const tries = await Promise.all(Array.from({ length: 20 }, () => markPlanSpent(dir, 'p1')));
  expect(tries.filter((won) => won)).toHaveLength(1);
  expect(await isPlanSpent(dir, 'p1')).toBe(true);
  expect(await isPlanSpent(dir, 'p2')).toBe(false);
  expect((await stat(join(dir, 'spent-plans', 'p1'))).mode & 0o777).toBe(0o600);
  expect((await problemOf(markPlanSpent(dir, '../p1'))).code).toBe('state.bad-name');
});
