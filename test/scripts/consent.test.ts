import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { esrOps, programFile, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { mustApi } from '../support/servers.ts';
import { standing, tenantVhost, type TenantVhost } from './standing.ts';

let vhost: TenantVhost;
let environment: TestEnvironment;

beforeEach(async () => {
  vhost = await tenantVhost();
  environment = await testEnvironment(vhost.name);
  await vhost.breakDown();
});
afterEach(async () => {
  await vhost.remove();
  await environment.remove();
});

/** Text as one line, because messages are wrapped to the width of a terminal. */
const flat = (text: string): string => text.replace(/\s+/g, ' ');

describe('without consent nothing happens', () => {
  it('yes | esr-ops recover vhost', async () => {
    const before = await standing(vhost, environment);
    const yes = execa('yes', { reject: false, buffer: false });
    const piped = yes.pipe(process.execPath, [programFile(), 'recover', 'vhost'], {
      env: environment.env,
      reject: false,
      timeout: 60_000,
    });
    const { exitCode, stderr } = await piped;
    expect(exitCode, stderr).toBe(3);
    expect(flat(stderr)).toContain('--yes');
    expect(flat(stderr)).toContain(`--confirm recreate:${vhost.name}`);
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it.each([
    ['stdin closed', [], undefined],
    ['the name on stdin', [], 'VHOST\n'],
    ['--yes only', ['--yes'], undefined],
    ['--yes, and yes on stdin', ['--yes'], 'y\n'.repeat(1000)],
    ['--yes --no-input', ['--yes', '--no-input'], undefined],
    ['json', ['--yes', '--output', 'json'], undefined],
    ['consent for another vhost', ['--yes', '--confirm', 'recreate:other'], undefined],
    ['consent for another effect', ['--yes', '--confirm', 'reboot:VHOST'], undefined],
    ['consent for a prefix', ['--yes', '--confirm', 'recreate:'], undefined],
    ['consent without the verb', ['--yes', '--confirm', 'VHOST'], undefined],
  ] as const)('%s', async (_, args, input) => {
    const before = await standing(vhost, environment);
    const named = args.map((word) => word.replace('VHOST', vhost.name));
    const ended = await esrOps(['recover', 'vhost', ...named], environment, {
      ...(input === undefined ? {} : { input: input.replace('VHOST', vhost.name) }),
    });
    expect(ended.exitCode, ended.stderr).toBe(3);
    expect(flat(ended.stdout + ended.stderr)).toContain(`--confirm recreate:${vhost.name}`);
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('--confirm alone: --yes is named', async () => {
    const before = await standing(vhost, environment);
    const ended = await esrOps(['recover', 'vhost', '--confirm', `recreate:${vhost.name}`], environment);
    expect(ended.exitCode).toBe(3);
    expect(flat(ended.stderr)).toContain('add --yes');
    expect(flat(ended.stderr)).not.toContain('add --confirm');
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('no terminal at all, in a session of its own', async () => {
    const before = await standing(vhost, environment);
    const { exitCode } = await execa('setsid', ['-w', process.execPath, programFile(), 'recover', 'vhost'], {
      env: environment.env,
      stdin: 'ignore',
      reject: false,
    });
    expect(exitCode).toBe(3);
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('a plan from a dry run is not consent either', async () => {
    const plan = `${environment.home}/plan.json`;
    const made = await esrOps(['recover', 'vhost', '--dry-run', '--out', plan], environment);
    expect(made.exitCode, made.stderr).toBe(0);
    const before = await standing(vhost, environment);
    const ended = await esrOps(['apply', plan, '--yes'], environment);
    expect(ended.exitCode).toBe(3);
    expect(flat(ended.stderr)).toContain(`--confirm recreate:${vhost.name}`);
    expect(await standing(vhost, environment)).toEqual(before);
    // Nor does a mistake in somebody's own runbook keep it from going on.
    const own = join(environment.home, 'own-runbooks');
    await mkdir(own);
    await writeFile(join(own, 'own.md'), '---\ncommand: own thing\n---\n');
    await appendFile(join(environment.home, 'config.yaml'), `\nrunbooks: [${own}]\n`);
    const applied = await esrOps(['apply', plan, '--yes', '--confirm', `recreate:${vhost.name}`], environment);
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect((await esrOps(['runbook', 'list'], environment)).exitCode).toBe(2);
    const again = await esrOps(['apply', plan, '--yes', '--confirm', `recreate:${vhost.name}`], environment);
    expect(again.exitCode).toBe(8);
  });
});

describe('a protected environment', () => {
  it('wants --reason besides: exit 3 names it, and with it the run goes through', async () => {
    await environment.remove();
    environment = await testEnvironment(vhost.name, { protected: true });
    const consent = ['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`];
    const before = await standing(vhost, environment);
    const refused = await esrOps(consent, environment);
    expect(refused.exitCode).toBe(3);
    expect(flat(refused.stderr)).toContain('--reason');
    expect(await standing(vhost, environment)).toEqual(before);
    const done = await esrOps([...consent, '--reason', 'INC-42: the vhost is down'], environment);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(await mustApi('GET', `/api/permissions/${vhost.segment}/${vhost.user}`)).toMatchObject({ write: '^esr' });
  });

  it('refuses an empty reason', async () => {
    await environment.remove();
    environment = await testEnvironment(vhost.name, { protected: true });
    const before = await standing(vhost, environment);
    const refused = await esrOps(
      ['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`, '--reason', ' '],
      environment,
    );
    expect([2, 3]).toContain(refused.exitCode);
    expect(await standing(vhost, environment)).toEqual(before);
  });
});
