import { expect, onTestFinished, test } from 'vitest';
import type { Change } from '../../src/core/change.ts';
import { mustApi } from '../support/servers.ts';
import { esrOps } from '../support/program.ts';
import { endOf, expectRecovered, killedAfter, newestJournal, recovery, resumption } from './recovering.ts';
import { openScene } from './scene.ts';

test('what others undid after a kill and before the resume is found, said, and only made again when asked', async () => {
  const at = await openScene();
  onTestFinished(() => at.remove());
  const killed = await killedAfter(recovery(at), at.environment, '"step":"fence","type":"change.applied"');
  expect(killed.exitCode, endOf(killed)).toBe(137);
  const records = await newestJournal(at.environment);
  expect(records.at(-1)?.entry).toMatchObject({ type: 'change.applied', step: 'fence' });
  const change = records.at(-2)?.entry['change'] as Change;
  if (change.kind !== 'permission.withdraw') throw new Error(`it was killed after ${change.kind}`);
  const { user, configure, write, read } = change.was;
  await mustApi('PUT', `/api/permissions/${at.vhost.segment}/${user}`, { configure, write, read });

  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(1);
  const said = resumed.stderr.replaceAll(/\s+/g, ' ');
  expect(said).toContain('the run ended before it was proved, and reading it back now shows something else');
  expect((await newestJournal(at.environment)).slice(records.length).map(({ entry }) => entry.type)).toEqual([
    'run.resumed',
    'change.failed',
    'run.ended',
  ]);
  expect(at.deletes()).toBe(0);

  const again = await esrOps(resumption, at.environment);
  expect(again.exitCode, endOf(again)).toBe(0);
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
}, 200_000);
