import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import type { DockerReader } from '../../src/core/ports-docker.ts';
import { labBreak, labHeal } from '../../src/lab/lab-break.ts';
import type { RunningLab } from '../../src/lab/lab-files.ts';
import { labUp } from '../../src/lab/lab-up.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { describeWithDocker } from '../support/docker.ts';
import { programFile } from '../support/program.ts';

/** A lab with Docker, and the built program against it. */
interface Scene {
  readonly which: { readonly name: string; readonly stateDir: string; readonly say: () => void };
  readonly docker: NonNullable<RunningLab['docker']>;
  readonly reader: DockerReader;
  /** Runs the program; `nodeArgs` come before it. */
  readonly esrOps: (
    args: readonly string[],
    nodeArgs?: readonly string[],
    env?: Record<string, string>,
  ) => Promise<Ended>;
}

interface Ended {
  readonly code: number | undefined;
  readonly signal: string | undefined;
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
    esrOps: async (args, nodeArgs = [], env = {}) => {
      const settings = ['--env', 'lab-dk', '--state-dir', stateDir];
      const done = await execa(process.execPath, [...nodeArgs, programFile(), ...args, ...settings], {
        reject: false,
        all: true,
        stdin: 'ignore',
        env,
      });
      return { code: done.exitCode, signal: done.signal, out: done.all };
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
    const { esrOps, reader } = sceneOf();
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
    const { esrOps, reader } = sceneOf();
    const before = await reader.containers();
    expect((await esrOps(['docker', 'restart', '--yes'])).code).toBe(3);
    expect((await esrOps(['esr', 'restart'])).code).toBe(3);
    expect(await reader.containers()).toEqual(before);
  });

  test('a name that means nothing is answered with what each component is', async () => {
    const wrong = await sceneOf().esrOps(['esr', 'restart', 'esr-tel', '--dry-run']);
    expect(wrong.code).toBe(2);
    expect(wrong.out).toContain('runs the load types');
  });

  test('an application whose startup failed is restarted, and its log is the proof', async () => {
    const { esrOps, which, reader } = sceneOf();
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
    const { esrOps, which, reader } = sceneOf();
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

  test('a daemon that hangs is restarted, and what it ran is back', async () => {
    const { esrOps, which } = sceneOf();
    await labBreak(which, 'daemon-hung');
    const blocked = await esrOps(['esr', 'restart', '--yes']);
    expect(blocked.code).toBe(9);
    expect(withoutSpaces(blocked.out)).toContain('esr-ops docker restart');
    const done = await esrOps(['docker', 'restart', '--yes', '--confirm', 'restart:docker@local']);
    expect(done.out).toContain('the Docker daemon of local answers');
    expect(done.code).toBe(0);
    expect([await stateOf('esr'), await stateOf('esr-etl')]).toEqual(['running', 'running']);
  });

  test.each([
    // The intent is on disk and nothing was done; the work is done and nothing of it is on disk.
    { type: 'change.intended', step: 'restart', way: 'after' },
    { type: 'change.applied', step: 'restart', way: 'before' },
    { type: 'change.applied', step: 'bring-back', way: 'before' },
  ])('killed $way $type of $step: resume asks Docker how it is and ends it', async ({ type, step, way }) => {
    const { esrOps, which } = sceneOf();
    await labHeal(which);
    const kill = join(import.meta.dirname, '../crash/kill-at-record.mjs');
    const env = { CRASH_RECORD: String(await recordOf(which.stateDir, type, step)), CRASH_WAY: way };
    const command = ['docker', 'restart', '--yes', '--confirm', 'restart:docker@local'];
    const killed = await esrOps(command, ['--import', kill], env);
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await esrOps(['resume', '--yes', '--confirm', 'restart:docker@local']);
    expect(resumed.out).toContain('Every step is finished and was verified');
    expect(resumed.code).toBe(0);
    expect([await stateOf('esr'), await stateOf('esr-etl')]).toEqual(['running', 'running']);
  });
});

/** Number of a record in the journal of the newest whole restart of Docker. */
async function recordOf(stateDir: string, type: string, step: string): Promise<number> {
  const folder = join(stateDir, 'lab-dk', 'runs');
  for (const run of (await readdir(folder)).sort().reverse()) {
    const records = (await readFile(join(folder, run, 'journal.jsonl'), 'utf8')).trim().split('\n');
    const at = records.findIndex((line) => line.includes(`"type":"${type}"`) && line.includes(`"step":"${step}"`));
    if (
      at >= 0 &&
      records.some((line) => line.includes('"type":"run.finished"') || line.includes('"type":"run.ended"'))
    )
      return at;
  }
  throw new Error(`no run has a record ${type} of ${step}`);
}

/** A run that failed blocks the next one until somebody has taken responsibility for how it stands. */
async function settle({ which, esrOps }: Scene): Promise<void> {
  const runs = (await readdir(join(which.stateDir, 'lab-dk', 'runs'))).sort();
  await esrOps(['runs', 'ack', runs.at(-1)!, '--reason', 'seen']);
}
