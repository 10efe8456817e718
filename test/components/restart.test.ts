import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { crashPoints, crashTimeout, killAndResume, recordsOf, withOwnState } from '../crash/kill-and-resume.ts';
import { esrOps, testEnvironment, type Ended, type TestEnvironment } from '../support/program.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';

vi.setConfig({ testTimeout: 180_000 });

/** How a component is controlled: by commands of the configuration, or by systemctl, for which a stand-in is in the path. */
const kinds = ['commands', 'systemd'] as const;
type Kind = (typeof kinds)[number];
let vhost: TestVhost;
let home = '';
let environment: TestEnvironment;
const folder = (kind: Kind): string => join(home, kind);
const service = (kind: Kind, ...words: readonly string[]) => ['sh', join(home, 'service.sh'), folder(kind), ...words];
const starts = async (kind: Kind): Promise<number> =>
  (await readFile(join(folder(kind), 'starts'), 'utf8')).trim().split('\n').length;
const said = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`.replaceAll(/\s+/g, ' ');
const own = (name: string): TestEnvironment => withOwnState(environment, name);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-service-'));
  await copyFile(new URL('service.sh', import.meta.url), join(home, 'service.sh'));
  for (const name of ['systemctl', 'journalctl']) {
    await mkdir(join(home, 'bin'), { recursive: true });
    await writeFile(
      join(home, 'bin', name),
      // systemctl start -- thing; systemctl show --property=… -- thing; journalctl --unit=thing …
      `#!/bin/sh\nexec sh "${join(home, 'service.sh')}" "${join(home, 'systemd')}" "$@"\n`,
    );
    await chmod(join(home, 'bin', name), 0o700);
  }
  const common = (kind: Kind) => ({
    is: `A thing that is controlled by ${kind}.`,
    owner: 'us',
    health: { command: ['test', '-e', join(folder(kind), 'works')] },
    log: { started: ['Started \\w+'], failed: ['Application startup failed'] },
    stopGrace: '5s',
    startLimit: '10s',
  });
  vhost = await freshVhost();
  const made = await testEnvironment(vhost.name, {
    components: {
      commands: {
        ...common('commands'),
        control: {
          start: service('commands', 'start'),
          stop: service('commands', 'stop'),
          status: service('commands', 'status'),
          logs: service('commands', 'logs'),
        },
      },
      systemd: { ...common('systemd'), control: { systemd: 'thing' } },
    },
  });
  environment = { ...made, env: { ...made.env, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` } };
  for (const kind of kinds) {
    await mkdir(folder(kind));
    await writeFile(join(folder(kind), 'fails'), '');
    const [program = '', ...words] = service(kind, 'start');
    await execa(program, words);
  }
});
afterAll(async () => {
  for (const kind of kinds) {
    const [program = '', ...words] = service(kind, 'stop');
    await execa(program, words, { reject: false });
  }
  await environment.remove();
  await vhost.remove();
  await rm(home, { recursive: true, force: true });
});

test.each(kinds)(
  'a component that is controlled by %s: its own start counts, whatever its log says of the one before',
  async (kind) => {
    const before = await starts(kind);
    const dry = await esrOps(['esr', 'restart', kind, '--dry-run'], own(kind));
    expect(dry.exitCode, said(dry)).toBe(0);
    expect(await starts(kind)).toBe(before);
    const failed = await esrOps(['esr', 'restart', kind, '--yes'], own(`${kind}-failed`));
    expect(failed.exitCode, said(failed)).toBe(1);
    expect(said(failed)).toContain('log: Application startup failed');
    await rm(join(folder(kind), 'fails'));
    const done = await esrOps(['esr', 'restart', kind, '--yes'], own(`${kind}-done`));
    expect(done.exitCode, said(done)).toBe(0);
    expect(said(done)).toContain('its log: Started ThingApplication');
    expect(await starts(kind)).toBe(before + 2);
    const whole = await recordsOf(own(`${kind}-done`));
    for (const [index, point] of crashPoints(whole, 2).entries())
      await killAndResume(['esr', 'restart', kind, '--yes'], own(`${kind}-at-${index}`), point);
  },
  crashTimeout(180_000),
);
