import { execa } from 'execa';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { readIndex } from '../../src/runbook/index-file.ts';
import type { Json } from '../../src/core/json.ts';
import { esrOps, programFile, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { httpApi, mustApi, servers } from '../support/servers.ts';
import { smallDisk } from '../support/small-disk.ts';
import { standing, tenantVhost, type TenantVhost } from './standing.ts';

/** Text as one line, because messages are wrapped to the width of a terminal. */
const flat = (text: string): string => text.replace(/\s+/g, ' ');

describe('a mistyped word', () => {
  let environment: TestEnvironment;

  beforeAll(async () => {
    environment = await testEnvironment('never-looked-at');
    await mkdir(join(environment.dir, 'runs', 'run-20260322T062500Z-abc123'), { recursive: true, mode: 0o700 });
  });
  afterAll(() => environment.remove());

  it.each([
    ['recovr vhost', 'recover', 'esr-ops --help'],
    ['recover vhots', 'vhost', 'esr-ops recover --help'],
    ['runs lst', 'list', 'esr-ops runs --help'],
    ['recover vhost --dry-rnu', '--dry-run', 'esr-ops recover vhost --help'],
    ['recover vhost --confrim recreate:x', '--confirm', 'esr-ops recover vhost --help'],
    ['recover vhost --dry-run --env tset', 'test', '--env test'],
    ['runs show run-20260322T062500Z-abc124', 'run-20260322T062500Z-abc123', 'esr-ops runs list'],
    ['resume run-20260322T062500Z-abc124', 'run-20260322T062500Z-abc123', 'esr-ops runs list'],
    ['lab break vhost-dwon', 'vhost-down', ''],
    ['rehearse vhots', 'vhost', 'esr-ops rehearse'],
    ['rehearse vhost --fault vhost-absnet', 'vhost-absent', ''],
    ['runbook show recover-vhst', 'recover vhost', 'esr-ops runbook list'],
    ['help exit-cods', 'exit-codes', 'esr-ops --help'],
    ['completion bsh', 'bash', 'esr-ops completion bash'],
  ])('%s: exit 2 and a suggestion', async (typed, meant, next) => {
    const ended = await esrOps(typed.split(' '), environment);
    expect(ended.exitCode, ended.stderr).toBe(2);
    const said = flat(ended.stderr);
    expect(said).toMatch(/did you mean/i);
    expect(said.slice(said.search(/did you mean/i))).toContain(meant);
    expect(said).toContain(next);
    expect(said).not.toContain('..');
    expect(ended.stdout).toBe('');
  });

  it('of --output: exit 2 and the words that are known', async () => {
    const ended = await esrOps(['recover', 'vhost', '--output', 'jsn'], environment);
    expect(ended.exitCode).toBe(2);
    expect(flat(ended.stderr)).toContain('text, json. ');
  });

  it('of a lab: the lab that is up is suggested', async () => {
    const lab = join(environment.home, 'state', 'esr-ops', 'labs', 'one');
    await mkdir(lab, { recursive: true, mode: 0o700 });
    await writeFile(join(lab, 'config.yaml'), await readFile(join(environment.home, 'config.yaml')), { mode: 0o600 });
    const ended = await esrOps(['recover', 'vhost', '--env', 'lab-oen'], environment);
    expect(ended.exitCode).toBe(2);
    expect(flat(ended.stderr)).toContain('Did you mean `lab-one`?');
    await rm(join(environment.home, 'state', 'esr-ops', 'labs'), { recursive: true });
  });
});

describe('a faulty file', () => {
  let environment: TestEnvironment;

  beforeAll(async () => {
    environment = await testEnvironment('never-looked-at');
  });
  afterAll(() => environment.remove());

  it('a configuration: exit 2, and each fault with file, line, column and a caret', async () => {
    const file = join(environment.home, 'bad.yaml');
    await writeFile(
      file,
      ['version: 1', 'environments:', '  test:', '    protcted: true', '    timezone: Europe/Lundun', ''].join('\n'),
      { mode: 0o600 },
    );
    const ended = await esrOps(['--config', file, 'recover', 'vhost', '--dry-run'], environment);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain(`${file}:4:5`);
    expect(ended.stderr).toContain(`${file}:5:5`);
    expect(flat(ended.stderr)).toContain('protected');
    expect(ended.stderr).toMatch(/protcted: true\n\s+\^/);
  });

  it('YAML that is none: exit 2, with file, line and column', async () => {
    const file = join(environment.home, 'none.yaml');
    await writeFile(file, 'version: 1\nenvironments: [\n', { mode: 0o600 });
    const ended = await esrOps(['--config', file, 'config', 'show'], environment);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toMatch(new RegExp(`${file}:\\d+:\\d+`));
  });

  it('a runbook: exit 2, with file, line, column and a caret, by lint and when it is used', async () => {
    const folder = await mkdtemp(join(environment.home, 'runbooks-'));
    const good = await readFile(new URL('../../runbooks/vhost-restart.md', import.meta.url), 'utf8');
    const file = join(folder, 'own.md');
    await writeFile(
      file,
      good.replaceAll('vhost restart', 'own restart').replaceAll('vhost.state ==', 'vhost.stat =='),
    );
    for (const args of [
      ['runbook', 'lint', file],
      ['--runbooks', folder, 'own', 'restart', '--dry-run'],
    ]) {
      const ended = await esrOps(args, environment);
      expect(ended.exitCode, ended.stderr).toBe(2);
      expect(ended.stderr).toMatch(/own\.md:\d+:\d+/);
      expect(ended.stderr).toMatch(/vhost\.stat.*\n\s+\^/);
      expect(flat(ended.stderr)).toContain('vhost.state');
    }
  });

  it.each([
    ['06:25', /zone|date/i],
    ['2026-10-25T01:30 Europe/London', /\+01:00|BST|twice|ambiguous/i],
    ['2026-03-29T01:30 Europe/London', /not exist|skip|never/i],
    ['yesterday-ish', /yesterday-ish/],
  ])('a time that is unclear, %s: exit 2, and it says why', async (time, why) => {
    const folder = await mkdtemp(join(environment.home, 'runbooks-'));
    const good = await readFile(new URL('../../runbooks/vhost-restart.md', import.meta.url), 'utf8');
    await writeFile(
      join(folder, 'timed.md'),
      good
        .replaceAll('vhost restart', 'timed restart')
        .replace('inputs:\n', "inputs:\n  since: { type: instant, help: 'from when on' }\n")
        .replace("vhost.state == 'absent'", "vhost.state == 'absent' || inputs.since < 5"),
    );
    const ended = await esrOps(['--runbooks', folder, 'timed', 'restart', '--dry-run', '--since', time], environment);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(flat(ended.stderr)).toMatch(why);
    expect(flat(ended.stderr)).toContain('--since');
  });
});

describe('a broker that does not serve', () => {
  let vhost: TenantVhost;
  let environment: TestEnvironment;
  const broker = (change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
    rabbitmq: {
      management: servers().rabbit.managementUrl,
      amqp: servers().rabbit.amqpUrl,
      user: servers().rabbit.user,
      password: { file: 'rabbitmq-password' },
      vhost: vhost.name,
      ...change,
    },
  });
  const consent = (): readonly string[] => ['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`];

  beforeEach(async () => {
    vhost = await tenantVhost();
    await vhost.breakDown();
  });
  afterEach(async () => {
    await vhost.remove();
    await environment.remove();
  });

  it('is down: exit 9, and the next command is named', async () => {
    const port = await closedPort();
    environment = await testEnvironment(
      vhost.name,
      broker({ management: `http://127.0.0.1:${port}`, amqp: `amqp://127.0.0.1:${port}` }),
    );
    for (const args of [consent(), ['recover', 'vhost', '--dry-run'], ['vhost', 'capture', '--yes']]) {
      const ended = await esrOps(args, environment);
      expect(ended.exitCode, ended.stderr).toBe(9);
      expect(ended.stderr).toMatch(/next:\n\s+\S/);
    }
  });

  it('refuses the password: nothing happens, exit 2, and the configuration is named', async () => {
    environment = await testEnvironment(vhost.name, broker({}));
    await writeFile(join(environment.home, 'rabbitmq-password'), 'not-the-password', { mode: 0o600 });
    const before = await standing(vhost, environment);
    const ended = await esrOps(consent(), environment);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(flat(ended.stderr)).toContain('esr-ops config check');
    expect(ended.stderr).not.toContain('not-the-password');
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('knows the user as no administrator: nothing happens, exit 2, and the missing tag is named', async () => {
    const user = `monitor-${vhost.name}`;
    await mustApi('PUT', `/api/users/${user}`, { password: 'its-own', tags: 'monitoring' });
    environment = await testEnvironment(vhost.name, broker({ user }));
    await writeFile(join(environment.home, 'rabbitmq-password'), 'its-own', { mode: 0o600 });
    const before = await standing(vhost, environment);
    const ended = await esrOps(consent(), environment);
    await httpApi('DELETE', `/api/users/${user}`);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(flat(ended.stderr)).toContain('tag administrator');
    expect(await standing(vhost, environment)).toEqual(before);
  });
});

describe('a state folder that is not fit', () => {
  let vhost: TenantVhost;
  let environment: TestEnvironment;
  const recover = (...more: readonly string[]): Promise<Awaited<ReturnType<typeof esrOps>>> =>
    esrOps(['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`, ...more], environment);

  beforeEach(async () => {
    vhost = await tenantVhost();
    environment = await testEnvironment(vhost.name);
    await vhost.breakDown();
  });
  afterEach(async () => {
    await vhost.remove();
    await environment.remove();
  });

  it('because nothing can be written there: exit 2 before any effect', async () => {
    const before = await standing(vhost, environment);
    const ended = await recover('--state-dir', '/proc/esr-ops');
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(flat(ended.stderr)).toContain('--state-dir');
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('because it is a symbolic link: exit 2 before any effect', async () => {
    const target = await mkdtemp(join(environment.home, 'elsewhere-'));
    const link = join(environment.home, 'link');
    await symlink(target, link);
    const before = await standing(vhost, environment);
    const ended = await recover('--state-dir', link);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(flat(ended.stderr)).toContain('symbolic link');
    expect(await readdir(target)).toEqual([]);
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('because others can read it: exit 2 before any effect', async () => {
    const open = await mkdtemp(join(environment.home, 'open-'));
    await chmod(open, 0o755);
    const before = await standing(vhost, environment);
    const ended = await recover('--state-dir', open);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(ended.stderr).toContain(`chmod 700 ${open}`);
    expect(await standing(vhost, environment)).toEqual(before);
  });

  it('because the disk is full: nothing is deleted, and nobody stays locked out unsaid', async (context) => {
    const disk = await smallDisk(context, 'size=256k');
    for (const leftKiB of [0, 8, 20, 40]) {
      await execa('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=1k', `count=${256 - leftKiB}`], { reject: false });
      const ended = await recover('--state-dir', disk);
      expect([1, 2, 6], `${leftKiB} KiB: ${ended.stderr}`).toContain(ended.exitCode);
      expect(flat(ended.stderr)).toMatch(/ENOSPC|no space|make room/i);
      const { body } = await httpApi('GET', `/api/vhosts/${vhost.segment}`);
      expect(JSON.stringify(body)).toContain('stopped');
      const permissions = JSON.stringify(await mustApi('GET', `/api/vhosts/${vhost.segment}/permissions`));
      if (!permissions.includes(vhost.user)) expect(ended.stderr).toMatch(/esr-ops (resume|vhost lift)/);
      await rm(join(disk, 'filler'));
      await rm(join(disk, 'test'), { recursive: true, force: true });
    }
  });
});

it('every command that the program tells people to type exists', async () => {
  const index = JSON.parse(await readFile(join(programFile(), '../../dist/runbooks.json'), 'utf8')) as Json;
  const nothing = (): void => undefined;
  const program = createProgram(readIndex(index), {
    version: '0',
    writeOut: nothing,
    writeErr: nothing,
    invoke: nothing,
  });
  const known = (words: readonly string[]): boolean => {
    const [first = '', second = ''] = words;
    // `install esr-ops again` and `what esr-ops prints` are no commands.
    if (['help', 'again', 'prints'].includes(first)) return true;
    const command = program.commands.find((candidate) => candidate.name() === first);
    if (command === undefined) return false;
    // One with options of its own does something without a second word, as `reconcile --date` does.
    if (command.commands.length === 0 || (second === '' && command.options.length > 0)) return true;
    return command.commands.some((child) => child.name() === second);
  };
  // The bundle: what the program can come to say, and nothing that is not part of it yet.
  const dist = join(programFile(), '../../dist');
  const unknown: string[] = [];
  let named = 0;
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const text = await readFile(join(dist, name), 'utf8');
    for (const [, inline, alone = ''] of text.matchAll(
      /next: [^\n]*?esr-ops ([a-z][\w-]*(?: [a-z][\w-]*)?)|^ +["'`]esr-ops ([a-z][\w-]*(?: [a-z][\w-]*)?)/gm,
    )) {
      named += 1;
      if (!known((inline ?? alone).split(' '))) unknown.push(`${name}: esr-ops ${inline ?? alone}`);
    }
  }
  expect(named).toBeGreaterThan(15);
  expect(unknown).toEqual([]);
});

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
