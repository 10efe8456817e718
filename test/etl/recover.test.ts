import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import type { DockerReader } from '../../src/core/ports-docker.ts';
import { labEtlTruth } from '../../src/lab/etl/etl-truth.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import type { RunningLab } from '../../src/lab/lab-files.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { crashPoints, crashTimeout, killAndResume, recordsOf, withOwnState } from '../crash/kill-and-resume.ts';
import { describeWithDocker } from '../support/docker.ts';
import { esrOps as esrOpsIn, programFile, type TestEnvironment } from '../support/program.ts';

interface Scene {
  readonly which: { readonly name: string; readonly stateDir: string; readonly say: () => void };
  readonly etl: NonNullable<RunningLab['etl']>;
  readonly reader: DockerReader;
  /** The lab's environment with a state folder of its own, as that of another host. */
  readonly environment: TestEnvironment;
  readonly esrOps: (...args: readonly string[]) => Promise<{ readonly code: number | undefined; readonly out: string }>;
}

async function ownEnvironment(lab: Lab, home: string): Promise<TestEnvironment> {
  const config = parse(await readFile(lab.files.config, 'utf8')) as { environments: Record<string, unknown> };
  const file = join(home, 'own-config.yaml');
  await writeFile(file, stringify({ ...config, environments: { test: Object.values(config.environments)[0] } }), {
    mode: 0o600,
  });
  const env = { XDG_STATE_HOME: join(home, 'own'), ESR_OPS_CONFIG: file, HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' };
  return { home, dir: join(home, 'own', 'esr-ops', 'test'), env, remove: () => rm(home, { recursive: true }) };
}

async function scene() {
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-etl-'));
  const which = { name: 'etl', stateDir, say: () => undefined };
  const program = [process.execPath, programFile()] as const;
  const lab = await labUp({ ...which, program, perSecond: 0, docker: true, etl: true, owned: true });
  const { endpoint } = lab.running.docker!;
  const value: Scene = {
    which,
    etl: lab.running.etl!,
    reader: createDockerReader({ host: 'local', endpoint }, dockerDefaults, createLocalReader()),
    environment: await ownEnvironment(lab, stateDir),
    esrOps: async (...args) => {
      const words = [programFile(), ...args, '--env', 'lab-etl', '--state-dir', stateDir];
      const done = await execa(process.execPath, words, { reject: false, all: true, stdin: 'ignore' });
      return { code: done.exitCode, out: done.all.replaceAll(/\s+/g, ' ') };
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

const notifications = 'notifications-daily-load';

describeWithDocker('recover etl, as built', scene, (sceneOf) => {
  const whole = { missing: 0, twice: 0 };

  test('a load failed at night because of ESR: the wrong guess is answered, and the right one brings all back', async () => {
    const { which, esrOps, reader, etl } = sceneOf();
    await labBreak(which, 'etl-failed-0200');
    expect(await labEtlTruth(which)).toMatchObject({ missing: 39, twice: 0 });

    const [sinceMs, record] = [Date.now(), await readFile(etl.record, 'utf8')];
    const dry = await esrOps('recover', 'etl', '--alert', 'esr-etl', '--dry-run');
    expect(dry.code, dry.out).toBe(0);
    expect(dry.out).toContain('at fault: esr ');
    expect(dry.out).toContain('the alert names esr-etl: to restart that would leave esr as it is');
    expect(dry.out).toMatch(/docker — Restart Docker, only where the fault is its own destructive, skipped/);
    expect(await reader.events(sinceMs)).toEqual([]);
    expect(await readFile(etl.record, 'utf8')).toBe(record);

    const wrong = await esrOps('esr', 'restart', 'esr-etl', '--yes');
    expect(wrong.code, wrong.out).toBe(5);
    expect(wrong.out).toContain('does not hold: component.needs == 0');
    expect(wrong.out).toContain('esr-ops recover etl --dry-run');

    const done = await esrOps('recover', 'etl', '--alert', 'esr-etl', '--yes');
    expect(done.code, done.out).toBe(0);
    const { loads, ...sums } = (await labEtlTruth(which))!;
    expect(sums).toEqual(whole);
    expect(
      loads.filter(({ date }) => date === etl.day).map(({ loadType, rows, files }) => [loadType, rows, files]),
    ).toEqual([
      [notifications, 39, 0],
      ['applicant-load', 39, 0],
      ['applicant-export', 0, 13],
    ]);
  }, 120_000);

  test(
    'killed at a record of its journal and resumed: nothing is missing, nothing twice, and the next one has nothing to do',
    async () => {
      const { which, environment } = sceneOf();
      const command = ['recover', 'etl', '--yes'];
      const failedNight = async (): Promise<void> => {
        await labBreak(which, 'etl-failed-0200');
        expect((await labEtlTruth(which))!.missing).toBeGreaterThan(0);
      };
      await failedNight();
      const ended = await esrOpsIn(command, withOwnState(environment, 'whole'));
      expect(ended.exitCode, ended.stderr.slice(-2_000)).toBe(0);
      for (const [index, point] of crashPoints(await recordsOf(withOwnState(environment, 'whole')), 1).entries()) {
        await failedNight();
        const own = withOwnState(environment, `at-${index}`);
        await killAndResume(command, own, point);
        expect(await labEtlTruth(which), JSON.stringify(point)).toMatchObject(whole);
        expect((await esrOpsIn(command, own)).stdout, JSON.stringify(point)).toContain('Nothing to do for recover etl');
      }
    },
    crashTimeout(120_000),
  );

  test('a part, a failed etl run before, a file that is gone and a dead container: made whole, nothing twice', async () => {
    const { which, esrOps, etl } = sceneOf();
    await labBreak(which, 'etl-partial');
    await labBreak(which, 's3-file-missing');
    await writeFile(join(etl.faults, notifications), 'startup');
    const run = ['etl', 'run', '--load-type', notifications, '--date', etl.day, '--param', 'deanery=YHD', '--yes'];
    const failed = await esrOps(...run);
    expect(failed.code, failed.out).toBe(1);
    // To follow what has ended once more would lead nowhere; what does is named, with its environment.
    expect(failed.out.replaceAll(/\s+/g, ' ')).toMatch(
      /esr-ops runs ack run-\S+ --env \S+ --reason "\.\.\." esr-ops diagnose --env \S+ .* esr-ops recover etl --env /,
    );
    expect(failed.out).not.toContain('esr-ops resume run-');
    await rm(join(etl.faults, notifications));
    await labBreak(which, 'container-dead');

    const undecided = await esrOps('recover', 'etl', '--yes');
    expect(undecided.code, undecided.out).toBe(3);
    expect(undecided.out).toContain('--confirm remove:container:esr-etl');
    const tokens = ['remove:container:esr-etl', 'recreate:component:esr-etl'].flatMap((token) => ['--confirm', token]);
    const done = await esrOps('recover', 'etl', '--yes', ...tokens);
    expect(done.code, done.out).toBe(0);
    expect(done.out).toContain('so it runs for the Local Offices without any: WMD, YHD');
    expect(done.out).toMatch(/acknowledge run run-\S+: notifications-daily-load for \S+ was run again by recover etl/);
    expect(await labEtlTruth(which)).toMatchObject(whole);
    expect((await esrOps('recover', 'etl', '--yes')).out).toContain('Nothing to do for recover etl');
    // Nothing of the failed run is in the way of the next one any more.
    const next = await esrOps('etl', 'run', '--load-type', notifications, '--date', '2019-10-17', '--late', '--yes');
    expect(next.code, next.out).toBe(0);
  }, 120_000);
});
