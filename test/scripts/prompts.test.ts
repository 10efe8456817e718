import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { esrOps, testEnvironment, programFile, type TestEnvironment } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { guideTo, questions, startGuided } from './guided.ts';
import { standing, tenantVhost, type TenantVhost } from './standing.ts';

let vhost: TenantVhost;
let environment: TestEnvironment;
let pty: Pty | undefined;

beforeEach(async () => {
  vhost = await tenantVhost();
  environment = await testEnvironment(vhost.name);
  await vhost.breakDown();
});
afterEach(async () => {
  pty?.kill();
  await vhost.remove();
  await environment.remove();
});

describe.each(questions.map(({ step }) => step))('the question before %s', (step) => {
  it('is answered no by Ctrl-C: the step changes nothing, exit 130, and resume is named', async () => {
    pty = startGuided(environment);
    await guideTo(pty, step, vhost.name);
    const before = await standing(vhost, environment);
    pty.key('ctrlC');
    const ended = await pty.exit(30_000);
    expect(ended.code, pty.transcript()).toBe(130);
    expect(await standing(vhost, environment)).toEqual(before);
    expect(await pty.screen()).toMatch(/esr-ops resume/);
    if (step !== questions[0].step) return;
    const resumed = await esrOps(['resume'], environment);
    expect(resumed.stderr, resumed.stdout).toContain('--yes');
    expect(resumed.exitCode).toBe(3);
  });

  it('is answered no by closing the terminal: the step changes nothing and the program ends', async () => {
    pty = startGuided(environment);
    await guideTo(pty, step, vhost.name);
    const before = await standing(vhost, environment);
    const { pid } = pty;
    pty.hangUp();
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 60_000, interval: 50 }).toBe(false);
    expect(await standing(vhost, environment)).toEqual(before);
  });
});

describe.each([
  ['fence', keys.enter],
  ['restart', `n${keys.enter}`],
  ['lift', keys.enter],
  ['recreate', keys.enter],
  ['recreate', keys.ctrlD],
] as const)('the question before %s', (step, answer) => {
  it(`takes ${JSON.stringify(answer)} as no: the step changes nothing, exit 3, and the flag is named`, async () => {
    pty = startGuided(environment);
    await guideTo(pty, step, vhost.name);
    const before = await standing(vhost, environment);
    pty.type(answer);
    expect((await pty.exit(30_000)).code, pty.transcript()).toBe(3);
    expect(await standing(vhost, environment)).toEqual(before);
    expect(unwrapped(await pty.screen())).toContain(step === 'recreate' ? `--confirm recreate:${vhost.name}` : '--yes');
  });
});

describe('at a terminal', () => {
  it('a wrong name three times deletes nothing: exit 3, and the token is named', async () => {
    pty = startGuided(environment);
    await guideTo(pty, 'recreate', vhost.name);
    const before = await standing(vhost, environment);
    pty.type(`yes${keys.enter}`);
    await pty.waitFor('Try 2 of 3');
    await pty.waitFor('(Enter: no):');
    pty.type(`${vhost.name.toUpperCase()}${keys.enter}`);
    await pty.waitFor('Try 3 of 3');
    await pty.waitFor('(Enter: no):');
    pty.type(`${vhost.name} ${keys.enter}`);
    expect((await pty.exit(30_000)).code, pty.transcript()).toBe(3);
    expect(await standing(vhost, environment)).toEqual(before);
    expect(unwrapped(await pty.screen())).toContain(`--confirm recreate:${vhost.name}`);
  });

  it('--no-input asks nothing and does nothing: exit 3, and each flag is named', async () => {
    const before = await standing(vhost, environment);
    pty = startGuided(environment, '--no-input');
    expect((await pty.exit(30_000)).code).toBe(3);
    expect(await standing(vhost, environment)).toEqual(before);
    const screen = unwrapped(await pty.screen());
    expect(screen).toContain('--yes');
    expect(screen).toContain(`--confirm recreate:${vhost.name}`);
  });

  it('with stderr sent elsewhere nobody can be asked: exit 3, and nothing happens', async () => {
    const before = await standing(vhost, environment);
    pty = startPty(
      ['/bin/sh', '-c', 'exec "$0" "$@" 2>/dev/null', process.execPath, programFile(), 'recover', 'vhost'],
      { env: environment.env },
    );
    expect((await pty.exit(30_000)).code).toBe(3);
    expect(await standing(vhost, environment)).toEqual(before);
  });
});

/** A screen's text without the line breaks that its width brought. */
function unwrapped(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
