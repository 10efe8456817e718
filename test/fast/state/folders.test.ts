import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureFolder, stateRoot } from '../../../src/services/state/folders.ts';
import { problemOf } from './faults.ts';
import { tempFolder } from './temp-folder.ts';

test('the state folder is where the environment says', () => {
  expect(stateRoot({ HOME: '/home/ann' })).toBe('/home/ann/.local/state/esr-ops');
  expect(stateRoot({ HOME: '/home/ann', XDG_STATE_HOME: '/var/s' })).toBe('/var/s/esr-ops');
  expect(stateRoot({ HOME: '/home/ann', XDG_STATE_HOME: 'relative' })).toBe('/home/ann/.local/state/esr-ops');
  expect(stateRoot({ HOME: '/home/ann', XDG_STATE_HOME: '/var/s' }, '/mine')).toBe('/mine');
});

test('folders are made private, and found again', async () => {
  const root = join(await tempFolder(), 'a', 'state');
  expect(await ensureFolder(root, 'lab', 'runs')).toBe(join(root, 'lab', 'runs'));
  await ensureFolder(root, 'lab', 'runs');
  for (const path of [root, join(root, 'lab'), join(root, 'lab', 'runs')])
    expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('what is not ours alone is refused', async () => {
  const dir = await tempFolder();
  const refused = async (path: string): Promise<string> => {
    const problem = await problemOf(ensureFolder(path));
    expect(problem).toMatchObject({ code: 'state.unsafe-folder', exit: 'usage' });
    return problem.message;
  };
  for (const mode of [0o770, 0o750, 0o702, 0o701]) {
    await mkdir(join(dir, String(mode)));
    await chmod(join(dir, String(mode)), mode);
    expect(await refused(join(dir, String(mode)))).toContain('open to other users');
  }
  await mkdir(join(dir, 'real'), { mode: 0o700 });
  await symlink(join(dir, 'real'), join(dir, 'link'));
  expect(await refused(join(dir, 'link'))).toContain('symbolic link');
  const below = await problemOf(ensureFolder(dir, 'link', 'runs'));
  expect(below.message).toContain('symbolic link');
  await writeFile(join(dir, 'file'), '');
  expect((await problemOf(ensureFolder(join(dir, 'file')))).exit).toBe('usage');
  expect((await problemOf(ensureFolder(join(dir, 'file', 'below')))).code).toBe('state.not-writable');
});

test("another user's folder is refused", async () => {
  const root = process.getuid?.() === 0;
  const dir = root ? join(await tempFolder(), 'theirs') : '/usr';
  if (root) {
    await mkdir(dir, { mode: 0o700 });
    await chown(dir, 12_345, 12_345);
  }
  expect((await problemOf(ensureFolder(dir))).message).toContain(`belongs to user ${root ? 12_345 : 0}`);
});

test('a place that takes no folder is named with the reason', async () => {
  const problem = await problemOf(ensureFolder('/proc/esr-ops-state'));
  expect(problem).toMatchObject({ code: 'state.not-writable', exit: 'usage', where: '/proc/esr-ops-state' });
});

test('names that lead elsewhere are refused', async () => {
  const dir = await tempFolder();
  for (const name of ['..', '.', '', 'a/b', 'a\0b', '.hidden', '-flag'])
    expect((await problemOf(ensureFolder(dir, name))).code).toBe('state.bad-name');
});
