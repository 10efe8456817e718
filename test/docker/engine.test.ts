import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { CdcSettings } from '../../src/core/cdc-config.ts';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import { Fault } from '../../src/core/fault.ts';
import type { HostReader } from '../../src/core/host-machine.ts';
import type { DockerReader } from '../../src/core/ports-docker.ts';
import type { DockerEngine } from '../../src/lab/docker/docker-engine.ts';
import { labImage } from '../../src/lab/docker/lab-image.ts';
import { until } from '../../src/lab/until.ts';
import { createCdcReader } from '../../src/services/cdc/reader.ts';
import { createCdcWriter } from '../../src/services/cdc/writer.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createDockerWriter } from '../../src/services/docker/writer.ts';
import { createLocalReader, createSshReader } from '../../src/services/host/reader.ts';
import { createLocalWriter } from '../../src/services/host/writer.ts';
import { describeWithDocker, privateEngine } from '../support/docker.ts';
import { describeWithSshd } from '../support/sshd.ts';

const settings = { ...dockerDefaults, answerMs: 4_000 };
const node = process.execPath;
/** Ends when it is asked to. */
const stays = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => 0, 1000)';

function readerOf(engine: DockerEngine, host: HostReader = createLocalReader(), answerMs = 4_000): DockerReader {
  return createDockerReader({ host: 'local', endpoint: engine.endpoint }, { ...settings, answerMs }, host);
}

function writerOf(engine: DockerEngine) {
  return createDockerWriter({ host: 'local', endpoint: engine.endpoint }, settings, createLocalWriter());
}

/** Code of the Fault that something ends in, and whether it may have changed anything. */
async function faultOf(work: Promise<unknown>): Promise<readonly [code: string, sent: unknown]> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, details } = error.problems[0];
    return [code, (details as { readonly sent?: boolean } | undefined)?.sent];
  }
  throw new Error('nothing went wrong');
}

describeWithDocker('a Docker engine', privateEngine, (engineOf) => {
  const run = (name: string, options: readonly string[], script: string) =>
    engineOf().docker('run', '--detach', '--name', name, '--network', 'host', ...options, labImage, node, '-e', script);

  test('says how each container is, by inspect alone', async () => {
    const engine = engineOf();
    await run('st-running', ['--restart', 'unless-stopped'], stays);
    await run('st-paused', [], stays);
    await engine.docker('pause', 'st-paused');
    await run('st-exited', [], 'process.exit(3)');
    await run('st-killed', ['--memory', '20m'], 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))');
    await run('st-again', ['--restart', 'on-failure:7'], 'process.exit(4)');
    await run('st-sick', ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '1'], stays);
    await engine.docker('create', '--rm', '--name', 'st-created', labImage, node);
    const reader = readerOf(engine);
    const found = await until(
      'each state',
      async () => {
        const all = new Map((await reader.containers()).map((one) => [one.name, one]));
        const settled =
          all.get('st-sick')?.health === 'unhealthy' &&
          all.get('st-exited')?.state === 'exited' &&
          all.get('st-killed')?.state === 'exited' &&
          (all.get('st-again')?.restarts ?? 0) > 0;
        return settled && all;
      },
      { atMostMs: 60_000 },
    );
    const said = (name: string) => {
      const { state, health, exitCode, oomKilled, policy, removedAtEnd } = found.get(name)!;
      return { state, health, exitCode, oomKilled, policy: policy.name, removedAtEnd };
    };
    const usual = { health: null, exitCode: null, oomKilled: false, policy: 'no', removedAtEnd: false };
    expect(said('st-running')).toEqual({ ...usual, state: 'running', policy: 'unless-stopped' });
    expect(said('st-paused')).toEqual({ ...usual, state: 'paused' });
    expect(said('st-exited')).toEqual({ ...usual, state: 'exited', exitCode: 3 });
    expect(said('st-killed')).toEqual({ ...usual, state: 'exited', exitCode: 137, oomKilled: true });
    expect(said('st-sick')).toEqual({ ...usual, state: 'running', health: 'unhealthy' });
    expect(said('st-created')).toEqual({ ...usual, state: 'created', removedAtEnd: true });
    expect(found.get('st-again')!.policy).toEqual({ name: 'on-failure', retries: 7 });
    expect(found.get('st-running')!.startedAt).toMatch(/^20\d\d-.*Z$/);
    expect(found.get('st-created')!.startedAt).toBeNull();
    expect(await reader.container('st-none')).toBeNull();
  });

  test('stops CDC in its container in order, starts it, reads its log, and takes none for stopped that is not', async () => {
    const engine = engineOf();
    await run(
      'cdc-maxwell',
      [],
      'console.log("booting"); setInterval(() => 0, 1000); process.on("SIGTERM", () => { console.error("position stored"); process.exit(0); })',
    );
    const cdcOf = (container: string): CdcSettings => ({
      clientId: 'maxwell',
      schemaDatabase: 'maxwell',
      exchange: { name: 'maxwell', type: 'fanout', durable: true },
      config: { kind: 'properties', file: '/nowhere', host: null },
      control: { container, host: null, endpoint: engine.endpoint },
    });
    const reader = createCdcReader(cdcOf('cdc-maxwell'), createLocalReader);
    const writer = createCdcWriter(cdcOf('cdc-maxwell'), createLocalWriter);
    expect((await reader.status()).is).toBe('running');
    await until('its first line', async () => (await reader.logs(5)).length === 1, { atMostMs: 60_000 });
    await writer.stop();
    const stopped = await reader.status();
    expect([stopped.is, stopped.evidence.join()]).toEqual(['stopped', expect.stringContaining('exited, ExitCode 0')]);
    expect(await reader.logs(5)).toEqual(['booting', 'position stored']);
    await writer.start();
    expect((await reader.status()).is).toBe('running');
    await engine.docker('pause', 'cdc-maxwell');
    expect((await reader.status()).is).toBe('unknown');
    await engine.docker('unpause', 'cdc-maxwell');
    expect((await createCdcReader(cdcOf('cdc-maxwel'), createLocalReader).status()).is).toBe('unknown');
    await engine.docker('rm', '--force', 'cdc-maxwell');
  });

  test('puts the two outputs of a log together by time and marks what is known', async () => {
    const script = 'console.log("one"); setTimeout(() => console.error("Application startup failed"), 50)';
    await run('lg-one', [], `${script}; setTimeout(() => console.log("three"), 100)`);
    const reader = readerOf(engineOf());
    const signatures = [{ name: 'failed', pattern: 'startup failed' }];
    const lines = await until(
      'three lines',
      async () => {
        const now = await reader.logs('lg-one', { lines: 10, signatures });
        return now.length === 3 && now;
      },
      { atMostMs: 60_000 },
    );
    expect(lines.map(({ text, signature }) => [text, signature])).toEqual([
      ['one', null],
      ['Application startup failed', 'failed'],
      ['three', null],
    ]);
    expect((await reader.logs('lg-one', { lines: 10, since: lines[1]!.at })).map(({ text }) => text)).toEqual([
      'Application startup failed',
      'three',
    ]);
    expect((await reader.logs('lg-one', { lines: 1 })).map(({ text }) => text)).toEqual(['three']);
  });

  test('takes no name for an option, and names what is not there', async () => {
    const reader = readerOf(engineOf());
    const writer = writerOf(engineOf());
    for (const name of ['--force', '-f', '', 'a b', 'x\u001b[2J', '../x']) {
      expect(await faultOf(reader.container(name))).toEqual(['docker.bad-name', false]);
      expect(await faultOf(writer.remove(name))).toEqual(['docker.bad-name', false]);
    }
    expect(await faultOf(reader.logs('st-none', { lines: 1 }))).toEqual(['docker.no-container', false]);
    expect(await faultOf(writer.start('st-none'))).toEqual(['docker.no-container', false]);
  });

  test('starts, stops within the grace, runs and removes', async () => {
    const engine = engineOf();
    const [reader, writer] = [readerOf(engine), writerOf(engine)];
    const sinceMs = Date.now();
    await writer.run('wr-one', ['--network', 'host', labImage, node, '-e', stays]);
    expect(await faultOf(writer.run('wr-one', [labImage, node]))).toEqual(['docker.name-taken', false]);
    expect(await faultOf(writer.remove('wr-one'))).toEqual(['docker.runs', false]);
    // Node needs a moment until it listens to the signal.
    await until(
      'it to be asked in vain no more',
      async () => {
        await writer.stop('wr-one', 5);
        const { exitCode } = (await reader.container('wr-one'))!;
        if (exitCode === 0) return true;
        await writer.start('wr-one');
        return false;
      },
      { atMostMs: 60_000, everyMs: 500 },
    );
    await writer.start('wr-one');
    expect((await reader.container('wr-one'))!.state).toBe('running');
    await writer.stop('wr-one', 5);
    await writer.remove('wr-one');
    expect(await reader.container('wr-one')).toBeNull();
    const events = (await reader.events(sinceMs)).filter(({ actor }) => actor === 'wr-one').map(({ action }) => action);
    expect(events.at(0)).toBe('create');
    expect(events.at(-1)).toBe('destroy');
  });

  test('tells of one container that the daemon holds, and of all the others', async () => {
    const engine = engineOf();
    await run('lk-held', [], stays);
    await run('lk-other', [], stays);
    // Nobody reads what is copied out: the daemon holds the container locked until somebody does.
    const copy = spawn(engine.client, ['--host', engine.endpoint, 'cp', `lk-held:${node}`, '-'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(copy.stdout, 'readable');
      const all = new Map(
        (await readerOf(engine, createLocalReader(), 2_500).containers()).map((one) => [one.name, one]),
      );
      expect(all.get('lk-held')).toMatchObject({ state: 'unknown', error: 'the daemon gives no answer about it' });
      expect(all.get('lk-other')).toMatchObject({ state: 'running' });
    } finally {
      copy.kill();
    }
  });

  test('knows zombies and room on the host', async () => {
    const engine = engineOf();
    const reader = readerOf(engine);
    // A shell that becomes another program never collects its child.
    const parent = spawn('sh', ['-c', 'sleep 0 & exec sleep 60'], { stdio: 'ignore' });
    try {
      const zombie = await until(
        'a zombie',
        async () => (await reader.zombies()).find(({ parent: { pid } }) => pid === parent.pid),
        { atMostMs: 60_000 },
      );
      expect(zombie).toMatchObject({ program: 'sleep', parent: { program: 'sleep' } });
      expect(await readFile(`/proc/${zombie.pid}/stat`, 'utf8')).toContain(') Z ');
    } finally {
      parent.kill();
    }
    const daemon = await reader.daemon();
    if (daemon.is !== 'up') throw new Error('it is up');
    expect(daemon).toMatchObject({ dataRoot: engine.dataRoot, liveRestore: false });
    const disk = (await reader.disk(daemon.dataRoot))!;
    expect(disk.bytes.free).toBeGreaterThan(0);
    expect(disk.bytes.free).toBeLessThan(disk.bytes.total);
    expect(disk.inodes!.free).toBeLessThanOrEqual(disk.inodes!.total);
    expect(await reader.disk('/no/such/folder')).toBeNull();
  });

  describeWithSshd('over SSH', (sshd) => {
    test('reads the same', async () => {
      const over = readerOf(engineOf(), createSshReader('far', sshd().settings), 20_000);
      expect((await over.daemon()).is).toBe('up');
      expect((await over.containers()).map(({ name }) => name)).toEqual(
        (await readerOf(engineOf()).containers()).map(({ name }) => name),
      );
      expect((await over.zombies()).length).toBeGreaterThanOrEqual(0);
    });
  });

  test('tells a daemon that hangs from one that is not there', async () => {
    const engine = engineOf();
    const reader = readerOf(engine, createLocalReader(), 1_000);
    engine.freeze();
    try {
      expect(await reader.daemon()).toMatchObject({ is: 'hung' });
      expect(await faultOf(reader.containers())).toEqual(['docker.hung', false]);
    } finally {
      engine.thaw();
    }
    const nowhere = createDockerReader(
      { host: 'local', endpoint: 'unix:///no/such/socket' },
      settings,
      createLocalReader(),
    );
    expect(await nowhere.daemon()).toMatchObject({ is: 'absent' });
    expect(await faultOf(nowhere.containers())).toEqual(['docker.absent', false]);
    await until('it to answer again', async () => (await readerOf(engine).daemon()).is === 'up', { atMostMs: 60_000 });
  });
});
