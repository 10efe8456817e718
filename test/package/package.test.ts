import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFile } from '../support/program.ts';

/** The package as users get it: packed, installed in an empty folder, run from there. */
describe('the published package', () => {
  let folder: string;
  const run = (...args: string[]) =>
    execa(join(folder, 'node_modules/.bin/esr-ops'), args, {
      cwd: folder,
      reject: false,
      env: { HOME: folder, XDG_STATE_HOME: folder },
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'esr-ops-package-'));
    // The program that was built for this test run is packed, so that dist/ is left alone.
    await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
      cwd: join(programFile(), '..', '..'),
    });
    const [archive = ''] = await readdir(folder);
    await execa('npm', ['init', '-y'], { cwd: folder });
    await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, archive)], {
      cwd: folder,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('installs nothing but itself and tells its version', async () => {
    expect(await readdir(join(folder, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'esr-ops']);
    const { exitCode, stdout } = await run('--version');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('lists and lints its runbooks', async () => {
    const listed = await run('runbook', 'list');
    expect(listed.exitCode, listed.stderr).toBe(0);
    expect(listed.stdout).toContain('recover vhost');
    const linted = await run('runbook', 'lint');
    expect(linted.exitCode, linted.stderr).toBe(0);
  });

  it('says what is missing where there is no configuration', async () => {
    const { exitCode, stderr } = await run('recover', 'vhost', '--dry-run');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('esr-ops lab up');
  });

  it('carries the licences of what it bundles', async () => {
    expect(await readdir(join(folder, 'node_modules/esr-ops/dist'))).toContain('THIRD-PARTY-LICENSES.txt');
  });
});
