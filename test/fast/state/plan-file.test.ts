import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPlanFile, writePlanFile } from '../../../src/services/state/plan-file.ts';
import { problemOf } from './faults.ts';
import { samplePlan } from './sample-run.ts';
import { tempFolder } from './temp-folder.ts';

test('a plan comes back as it was kept, in a private file', async () => {
  const path = join(await tempFolder(), 'plan.json');
  await writePlanFile(path, samplePlan());
  expect(await readPlanFile(path)).toEqual(samplePlan());
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('nothing that exists is overwritten or followed', async () => {
  const dir = await tempFolder();
  const path = join(dir, 'plan.json');
  await writeFile(path, 'mine');
  expect(await problemOf(writePlanFile(path, samplePlan()))).toMatchObject({ code: 'plan.not-written', exit: 'usage' });
  expect(await readFile(path, 'utf8')).toBe('mine');
  await symlink(join(dir, 'elsewhere'), join(dir, 'link'));
  expect((await problemOf(writePlanFile(join(dir, 'link'), samplePlan()))).code).toBe('plan.not-written');
  expect((await problemOf(writePlanFile(join(dir, 'no', 'plan.json'), samplePlan()))).message).toContain('ENOENT');
});

test('a plan that was changed is stale', async () => {
  const path = join(await tempFolder(), 'plan.json');
  for (const change of [
    (text: string) => text.replaceAll('vhost:esr', 'vhost:other'),
    (text: string) => text.replace('"rabbit@a"', '"rabbit@b"'),
    (text: string) => text.replace('"down"', '"running"'),
    (text: string) => text.replace('"disruptive"', '"routine"'),
  ]) {
    await writeFile(path, change(JSON.stringify(samplePlan())));
    expect(await problemOf(readPlanFile(path))).toMatchObject({ code: 'plan.tampered', exit: 'stale' });
  }
});

test('what is no plan is refused with the reason', async () => {
  const path = join(await tempFolder(), 'plan.json');
  expect((await problemOf(readPlanFile(path))).message).toContain('ENOENT');
  for (const [text, reason] of [
    ['{', 'not JSON'],
    ['{}', 'format'],
    [JSON.stringify({ ...samplePlan(), format: 2 }), 'format'],
    [JSON.stringify({ ...samplePlan(), extra: 1 }), 'extra'],
    [JSON.stringify(samplePlan()).replace('vhost.start', 'vhost.explode'), 'steps.0.changes.0'],
  ] as const) {
    await writeFile(path, text);
    const problem = await problemOf(readPlanFile(path));
    expect(problem).toMatchObject({ code: 'plan.unreadable', exit: 'usage' });
    expect(problem.message).toContain(reason);
  }
});
