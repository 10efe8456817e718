import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { expect, test } from 'vitest';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { DockerReader } from '../../src/core/ports-docker.ts';
import { labBreak, labHeal } from '../../src/lab/lab-break.ts';
import type { RunningLab } from '../../src/lab/lab-files.ts';
import { labUp } from '../../src/lab/lab-up.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { until } from '../../src/lab/until.ts';
import { crashPoints, crashTimeout, killAndResume, recordsOf, withOwnState } from '../crash/kill-and-resume.ts';
import { endOf, runsOf } from '../crash/recovering.ts';
import { startOps, type Started } from '../crash/started.ts';
import { describeWithDocker } from '../support/docker.ts';
import { onlyReads } from '../support/only-reads.ts';
import { esrOps, programFile, type TestEnvironment } from '../support/program.ts';
import { describeWithSshd, hostSection } from '../support/sshd.ts';

/** A lab with Docker, and the built program against it. */
interface Scene {
  readonly which: { readonly name: string; readonly stateDir: string; readonly say: () => void };
  readonly docker: NonNullable<RunningLab['docker']>;
  readonly reader: DockerReader;
  /** The lab's environment in a configuration of its own, changed. */
  readonly configured: (name: string, change: (lab: JsonObject) => object) => Promise<TestEnvironment>;
  /** Runs the program in the lab's own environment. */
  readonly lab: (args: readonly string[]) => Promise<Ended>;
}

interface Ended {
  readonly code: number | undefined;
  readonly out: string;
}

async function scene() {
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-dkp-'));
  const which = { name: 'dk', stateDir, say: () => undefined };
  const program = [process.execPath, programFile()] as const;
  const lab = await labUp({ ...which, program, perSecond: 0, docker: true, owned: true });
  const docker = lab.running.docker!;
  const value: Scene = {
    which,
    docker,
    reader: createDockerReader({ host: 'local', endpoint: docker.endpoint }, dockerDefaults, createLocalReader()),
    configured: async (name, change) => {
      const home = join(stateDir, `home-${name}`);
      await mkdir(home);
      const config = parse(await readFile(lab.files.config, 'utf8')) as { environments: { lab: JsonObject } };
      await writeFile(
        join(home, 'config.yaml'),
        stringify({ ...config, environments: { test: change(config.environments.lab) } }),
        { mode: 0o600 },
      );
      const env = { XDG_STATE_HOME: join(home, 'state'), ESR_OPS_CONFIG: join(home, 'config.yaml'), HOME: home };
      return {
        home,
        dir: join(home, 'state', 'esr-ops', 'test'),
        env: { ...env, NO_COLOR: '1', LANG: 'C.UTF-8' },
        remove: () => rm(home, { recursive: true, force: true }),
      };
    },
    lab: async (args) => {
      const settings = ['--env', 'lab-dk', '--state-dir', stateDir];
      const done = await execa(process.execPath, [programFile(), ...args, ...settings], {
        reject: false,
        all: true,
        stdin: 'ignore',
      });
      return { code: done.exitCode, out: done.all };
    },
  };
  return {
    value,
    stop: async () => {
      await lab.end();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

describeWithDocker('Docker and components, as built', scene, (sceneOf) => {
  const stateOf = async (name: string) => (await sceneOf().reader.container(name))?.state ?? 'absent';
  const faultsOf = (name: string) => sceneOf().docker.services.find((service) => service.name === name)!.faults;
  const withoutSpaces = (text: string) => text.replaceAll(/\s+/g, ' ');

  test('a dry run says what becomes of each container and makes no changing call', async () => {
    const { lab: esrOps, reader } = sceneOf();
    const sinceMs = Date.now();
    const before = await reader.containers();
    const restart = await esrOps(['docker', 'restart', '--dry-run']);
    expect(restart.code).toBe(0);
    const text = withoutSpaces(restart.out);
    expect(text).toContain('esr, running, policy unless-stopped: is stopped and comes back by its policy');
    expect(text).toContain('esr-etl, running, policy no: is stopped and does NOT come back by itself');
    expect(text).toContain('--confirm restart:docker@local');
    const component = await esrOps(['esr', 'restart', 'etl', '--dry-run']);
    expect(component.code).toBe(0);
    expect(withoutSpaces(component.out)).toContain('esr-ops esr restart etl --env lab-dk --yes');
    expect(await reader.events(sinceMs)).toEqual([]);
    expect(await reader.containers()).toEqual(before);
  });

  test('without consent nothing is restarted', async () => {
    const { lab: esrOps, reader } = sceneOf();
    const before = await reader.containers();
    expect((await esrOps(['docker', 'restart', '--yes'])).code).toBe(3);
    expect((await esrOps(['esr', 'restart'])).code).toBe(3);
    expect(await reader.containers()).toEqual(before);
  });

  test('a name that means nothing is answered with what each component is', async () => {
    const wrong = await sceneOf().lab(['esr', 'restart', 'esr-tel', '--dry-run']);
    expect(wrong.code).toBe(2);
    expect(wrong.out).toContain('runs the load types');
  });

  test('an application whose startup failed is restarted, and its log is the proof', async () => {
    const { lab: esrOps, which, reader } = sceneOf();
    await labBreak(which, 'app-startup-failed');
    const before = (await reader.container('esr'))!;
    await writeFile(join(faultsOf('esr'), 'startup-fails-once'), '');
    const failed = await esrOps(['esr', 'restart', '--yes']);
    expect(failed.code).toBe(1);
    expect(withoutSpaces(failed.out)).toContain('log: ERROR Application startup failed');
    expect(failed.out).toContain('component.startup-failed');
    await settle(sceneOf());
    const done = await esrOps(['esr', 'restart', '--yes']);
    expect(done.out).toContain('Started EsrApplication');
    expect(done.out).toContain('component.unconsumed == 0');
    expect(done.code).toBe(0);
    const after = (await reader.container('esr'))!;
    expect(after.id).toBe(before.id);
    expect(after.startedAt).not.toBe(before.startedAt);
  });

  test('what is stuck in its removal and what is dead come back, each with its own consent', async () => {
    const { lab: esrOps, which, reader } = sceneOf();
    await labBreak(which, 'container-removing');
    await labBreak(which, 'container-dead');
    expect([await stateOf('esr'), await stateOf('esr-etl')]).toEqual(['removing', 'dead']);
    // A restart of the component alone can't help, and says what can.
    const alone = await esrOps(['esr', 'restart', '--yes']);
    expect(alone.code).toBe(4);
    expect(withoutSpaces(alone.out)).toContain('esr-ops docker restart');
    const unnamed = await esrOps(['docker', 'restart', '--dry-run']);
    expect(withoutSpaces(unnamed.out)).toContain('--remove esr-etl');
    const command = ['docker', 'restart', '--remove', 'esr-etl', '--yes', '--confirm', 'restart:docker@local'];
    const partly = await esrOps(command);
    expect(partly.code).toBe(3);
    expect(partly.out).toContain('remove:container:esr-etl');
    const tokens = ['remove:container:esr-etl', 'recreate:component:esr', 'recreate:component:esr-etl'];
    const done = await esrOps([...command, ...tokens.flatMap((token) => ['--confirm', token])]);
    expect(withoutSpaces(done.out)).toContain('esr: was removing, is gone');
    expect(done.code).toBe(0);
    expect((await reader.containers()).map(({ name, state }) => [name, state])).toEqual([
      ['esr', 'running'],
      ['esr-etl', 'running'],
    ]);

    const folder = join(which.stateDir, 'lab-dk', 'docker');
    const kept = (await readdir(folder)).filter((name) => !name.includes('secrets')).at(-1)!;
    expect((await stat(join(folder, kept))).mode & 0o777).toBe(0o600);
    const text = await readFile(join(folder, kept), 'utf8');
    expect((JSON.parse(text) as { containers: { name: string }[] }).containers.map(({ name }) => name).sort()).toEqual([
      'esr',
      'esr-etl',
    ]);
    // Names of environment variables are kept, values are not in the clear.
    expect(text).toContain('ESR_OPS_LAB=‹kept apart›');
    expect(text).not.toMatch(/ESR_OPS_LAB=dk-/);
  });

  test('a dead container is removed and made anew alone, by its own name only', async () => {
    const { lab: esrOps, which, reader } = sceneOf();
    const other = (await reader.container('esr'))!;
    await labBreak(which, 'container-dead');
    const seen = withoutSpaces((await esrOps(['diagnose', '--timeout', '20s'])).out);
    expect(seen).toContain('esr-ops esr restart esr-etl --remove esr-etl');
    const strange = await esrOps(['esr', 'restart', 'esr-etl', '--remove', 'esr', '--yes']);
    expect([strange.code, withoutSpaces(strange.out)]).toEqual([4, expect.stringContaining('container.not-its')]);
    const command = ['esr', 'restart', 'esr-etl', '--remove', 'esr-etl', '--yes'];
    expect((await esrOps(command)).code).toBe(3);
    const tokens = ['remove:container:esr-etl', 'recreate:component:esr-etl'];
    const done = await esrOps([...command, ...tokens.flatMap((token) => ['--confirm', token])]);
    expect([done.code, await stateOf('esr-etl')], done.out).toEqual([0, 'running']);
    expect(withoutSpaces(done.out)).toContain('read back: 2 container(s)');
    expect((await reader.container('esr'))!.startedAt).toBe(other.startedAt);
  });

  test('a daemon that hangs is restarted, and what it ran is back', async () => {
    const { lab: esrOps, which } = sceneOf();
    await labBreak(which, 'daemon-hung');
    const blocked = await esrOps(['esr', 'restart', '--yes']);
    expect(blocked.code).toBe(9);
    expect(withoutSpaces(blocked.out)).toContain('esr-ops docker restart');
    const done = await esrOps(['docker', 'restart', '--yes', '--confirm', 'restart:docker@local']);
    expect(done.out).toContain('the Docker daemon of local answers');
    expect(done.code).toBe(0);
    expect([await stateOf('esr'), await stateOf('esr-etl')]).toEqual(['running', 'running']);
  });

  test(
    'killed at a record of its journal and resumed: Docker and a component are as after an undisturbed restart',
    async () => {
      const { which, configured } = sceneOf();
      await labHeal(which);
      const near = await configured('near', (lab) => lab);
      const removed = ['remove:container:esr-etl', 'recreate:component:esr-etl'];
      for (const { name, command, sampled, dead } of [
        { name: 'component', command: ['esr', 'restart', 'etl', '--yes'], sampled: 1, dead: false },
        {
          name: 'removed',
          command: [
            ...['esr', 'restart', 'etl', '--remove', 'esr-etl', '--yes'],
            ...removed.flatMap((token) => ['--confirm', token]),
          ],
          sampled: 2,
          dead: true,
        },
        {
          name: 'docker',
          command: ['docker', 'restart', '--yes', '--confirm', 'restart:docker@local'],
          sampled: 1,
          dead: false,
        },
      ]) {
        const before = async (): Promise<void> => {
          if (dead) await labBreak(which, 'container-dead');
        };
        await before();
        const whole = withOwnState(near, name);
        const ended = await esrOps(command, whole);
        expect(ended.exitCode, endOf(ended)).toBe(0);
        for (const [index, point] of crashPoints(await recordsOf(whole), sampled).entries()) {
          await before();
          await killAndResume(command, withOwnState(near, `${name}-${index}`), point);
          expect([await stateOf('esr'), await stateOf('esr-etl')], JSON.stringify(point)).toEqual([
            'running',
            'running',
          ]);
        }
      }
    },
    crashTimeout(240_000),
  );

  describeWithSshd(
    'on a host over SSH',
    (sshd) => {
      /** The same, with the engine and the components on a host that is reached over SSH. */
      const far = (): Promise<TestEnvironment> =>
        sceneOf().configured('far', (lab) => ({
          ...lab,
          hosts: { far: hostSection(sshd()) },
          docker: { far: (lab['docker'] as JsonObject)['local'] ?? null },
          components: Object.fromEntries(
            Object.entries(lab['components'] as Readonly<Record<string, JsonObject>>).map(([name, one]) => [
              name,
              { ...one, host: 'far' },
            ]),
          ),
        }));
      const restart = ['docker', 'restart', '--host', 'far', '--yes', '--confirm', 'restart:docker@far'];
      /** Pulls the cable when something is under way on the far side. */
      const dropWhen = async (
        start: () => Started,
        what: string,
        seen: (argv: readonly string[]) => boolean,
      ): Promise<Started> => {
        // Counted: they are not listed in the order in which they came.
        const count = async (): Promise<number> => (await sshd().commands()).filter(seen).length;
        const before = await count();
        const started = start();
        await until(what, async () => (await count()) > before, { atMostMs: 60_000, everyMs: 20 });
        await sshd().dropConnections();
        return started;
      };

      test('a dry run has only looked, and a broken connection ends no restart', async () => {
        const { reader, which } = sceneOf();
        await labHeal(which);
        const environment = await far();
        const sinceMs = Date.now();
        for (const args of [restart, ['esr', 'restart', 'etl', '--yes']]) {
          const dry = await esrOps([...args, '--dry-run'], environment);
          expect(dry.exitCode, endOf(dry)).toBe(0);
        }
        expect(await reader.events(sinceMs)).toEqual([]);
        const commands = await sshd().commands();
        expect(commands.length).toBeGreaterThan(5);
        expect(commands.filter((argv) => !onlyReads(argv))).toEqual([]);

        const etl = (await reader.container('esr-etl'))!;
        const component = await dropWhen(
          () => startOps(['esr', 'restart', 'etl', '--yes'], withOwnState(environment, 'component')),
          'its stop',
          (argv) => !onlyReads(argv),
        );
        await finishes(component, withOwnState(environment, 'component'));
        const after = (await reader.container('esr-etl'))!;
        expect([after.state, after.id]).toEqual(['running', etl.id]);
        expect(after.startedAt).not.toBe(etl.startedAt);

        const daemon = await dropWhen(
          () => startOps(restart, withOwnState(environment, 'daemon')),
          'the restart',
          (argv) => !onlyReads(argv),
        );
        await finishes(daemon, withOwnState(environment, 'daemon'));
        expect([await stateOf('esr'), await stateOf('esr-etl')]).toEqual(['running', 'running']);
      }, 240_000);

      /** It ends done, by itself or when it is resumed; how often that takes depends on when the cable was pulled. */
      async function finishes(started: Started, environment: TestEnvironment): Promise<void> {
        const first = await started.ended;
        let last = { code: first.exitCode, said: first.stderr };
        for (let again = 0; last.code !== 0 && again < 3; again += 1) {
          expect([1, 6, 9], last.said).toContain(last.code);
          const resumed = await esrOps(['resume', '--yes'], environment);
          last = { code: resumed.exitCode, said: resumed.stderr };
        }
        expect(last.code, `${first.stderr}\n${last.said}`).toBe(0);
        expect(await runsOf(environment)).toHaveLength(1);
      }
    },
    { record: true },
  );
});

/** A run that failed blocks the next one until somebody has taken responsibility for how it stands. */
async function settle({ which, lab: esrOps }: Scene): Promise<void> {
  const runs = (await readdir(join(which.stateDir, 'lab-dk', 'runs'))).sort();
  await esrOps(['runs', 'ack', runs.at(-1)!, '--reason', 'seen']);
}
