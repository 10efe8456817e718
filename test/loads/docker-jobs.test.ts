import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import type { LoadType } from '../../src/core/load-type.ts';
import type { LoadOrder } from '../../src/core/ports-loads.ts';
import { labImage, importLabImage } from '../../src/lab/docker/lab-image.ts';
import { until } from '../../src/lab/until.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createDockerWriter } from '../../src/services/docker/writer.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { createLocalWriter } from '../../src/services/host/writer.ts';
import { dockerLog, dockerState } from '../../src/services/loads/docker-jobs.ts';
import { startContainer } from '../../src/services/loads/docker-jobs-writer.ts';
import { crashPoints, crashTimeout, killAndResume, recordsOf, withOwnState } from '../crash/kill-and-resume.ts';
import { inPool } from '../crash/points.ts';
import { killedAt } from '../crash/recovering.ts';
import { load } from '../fast/loads/samples.ts';
import { describeWithDocker, privateEngine } from '../support/docker.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { etlWorld, type EtlWorld } from './etl-world.ts';

vi.setConfig({ testTimeout: 180_000 });

const node = process.execPath;
const said = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`;
/** Records of the journal of `etl run`: started, approved, intended, applied (of the start). */
const appliedStart = 3;

describeWithDocker('etl run in containers of a real engine', privateEngine, (engineOf) => {
  let vhost: TestVhost;
  let world: EtlWorld;
  /** A date on which the container that is there all the time writes its rows. */
  const fixed = '2019-12-01';
  const containers = async () =>
    (await engineOf().docker('ps', '--all', '--format', '{{.Names}}')).split('\n').filter((name) => name !== '');
  const started = async (sinceMs: number) =>
    (await readerOf().events(sinceMs)).filter(({ action }) => action === 'start').map(({ actor }) => actor);
  const startedOf = async (container: string, sinceMs: number) =>
    (await started(sinceMs)).filter((name) => name === container).length;
  const readerOf = () =>
    createDockerReader({ host: 'local', endpoint: engineOf().endpoint }, dockerDefaults, createLocalReader());
  const writerOf = () =>
    createDockerWriter({ host: 'local', endpoint: engineOf().endpoint }, dockerDefaults, createLocalWriter());

  beforeAll(async () => {
    const engine = engineOf();
    await importLabImage(engine, [node, programFile()]);
    vhost = await freshVhost();
    let mounted = '';
    world = await etlWorld(
      vhost.name,
      (home) => {
        mounted = home;
        const args = [node, programFile(), 'lab-program', 'etl', join(home, 'etl.json'), '${loadType}', '${date}'];
        const options = ['--network', 'host', '--volume', `${home}:${home}`];
        const run = { image: labImage, options, args, docker: engine.endpoint };
        const busy = { containers: ['^somebody-elses'] };
        return {
          'in-container': { run, busy },
          'killed-late': { run, busy },
          'crash-1': { run, busy },
          'crash-2': { run, busy },
          'no-image': { run: { ...run, image: 'esr-ops-no-such-image:1', options: ['--pull', 'never'] }, busy },
          'no-program': { run: { ...run, args: ['/no/such/program'] }, busy },
          'there-already': { run: { container: 'nightly', docker: engine.endpoint }, busy },
        };
      },
      { officeMs: 300 },
    );
    await engine.docker(
      ...['create', '--name', 'nightly', '--network', 'host', '--volume', `${mounted}:${mounted}`, labImage],
      ...[node, programFile(), 'lab-program', 'etl', join(mounted, 'etl.json'), 'there-already', fixed],
    );
  });
  afterAll(async () => {
    await world.close();
    await vhost.remove();
  });

  test('of many orders at once one runs, however short it is; each later one wants to know what it replaces', async () => {
    const [reader, writer] = [readerOf(), writerOf()];
    const driver = (script: string): Extract<LoadType['driver'], { kind: 'docker-run' }> => ({
      kind: 'docker-run',
      image: labImage,
      options: ['--network', 'none'],
      args: [{ when: null, words: [node, '-e', script] }],
      host: null,
      docker: null,
    });
    const order = (replaces: string | null, id: string = randomUUID()): LoadOrder => ({
      ...{ load: load('race', { driver: driver('') }), date: '2019-10-17', id, replaces, parameters: {}, offices: [] },
    });
    const start = (one: LoadOrder, script: string) => startContainer(one, driver(script), { reader, writer });
    const ended = async (one: LoadOrder) => {
      await until('it to end', async () => (await dockerState(one, reader)).is === 'ended', { atMostMs: 60_000 });
      return await dockerState(one, reader);
    };
    const sinceMs = Date.now();
    const wonOf = async (orders: readonly LoadOrder[]): Promise<LoadOrder> => {
      const tries = await Promise.allSettled(orders.map((one) => start(one, 'console.log("ran")')));
      const won = orders.filter((_, index) => tries[index]!.status === 'fulfilled');
      expect(won, JSON.stringify(tries)).toHaveLength(1);
      for (const one of tries)
        if (one.status === 'rejected') expect(String(one.reason)).toMatch(/another order|removal/);
      return won[0]!;
    };
    const first = await wonOf([order(null), order(null), order(null)]);
    expect(await ended(first)).toMatchObject({ is: 'ended', id: first.id, exitCode: 0 });
    await start(first, 'console.log("again")');
    await expect(start(order(null), '')).rejects.toThrow('another order');
    expect((await dockerLog(first, null, reader)).lines).toEqual(['ran']);
    // All of them may replace the same ended one, and the run that one of them made may have ended before the next looks.
    const second = await wonOf([order(first.id), order(first.id), order(first.id)]);
    await ended(second);
    expect(await started(sinceMs)).toEqual(Array(2).fill('esr-ops.race.2019-10-17'));
    const third = order(second.id);
    await start(third, 'console.log("one"); console.error("ERROR two"); process.exitCode = 7');
    expect(await ended(third)).toMatchObject({ exitCode: 7, id: third.id });
    // The engine stamps each of the two outputs when it gets to it: on a busy machine not in the order of writing.
    expect((await dockerLog(third, null, reader)).lines.toSorted()).toEqual(['ERROR two', 'one']);
  });

  test('two programs at once, that share no lock: one runs, and nothing is written twice', async () => {
    const date = '2019-10-01';
    const apart = (name: string) =>
      world.run(
        ['etl', 'run', '--load-type', 'in-container', '--date', date, '--yes', '--no-fleet-lock', '--reason', 'test'],
        { env: { XDG_STATE_HOME: join(world.environment.home, name) } },
      );
    const sinceMs = Date.now();
    const both = await Promise.all(['one', 'two'].map(apart));
    expect(both.map(({ exitCode }) => exitCode).sort(), both.map(said).join('\n')).toEqual([
      0,
      expect.toBeOneOf([1, 3, 4, 7]),
    ]);
    expect(await started(sinceMs)).toEqual([`esr-ops.in-container.${date}`]);
    expect(await world.rows(date)).toBe(12);
    // Afterwards: by name only, and then there is twice what was said.
    const second = await world.etl('in-container', date, '--yes');
    expect(second.exitCode, said(second)).toBe(3);
    expect(said(second)).toContain(`--confirm rerun:in-container@${date}`);
    expect(said(second)).toContain('12 rows (EMD 3, LDN 3, OXF 3, YHD 3)');
    const agreed = await world.etl('in-container', date, '--yes', '--confirm', `rerun:in-container@${date}`);
    expect(agreed.exitCode, said(agreed)).toBe(0);
    expect(await world.rows(date)).toBe(24);
    expect(said(agreed)).toContain('12 of them new in this run');
  });

  test.each([
    ['killed-late', '2019-11-02', 'finished'],
    ['there-already', fixed, 'running'],
  ] as const)(
    'killed when %s had begun for %s and that was not written down: resume finds it %s, and starts no second',
    async (name, date, is) => {
      const sinceMs = Date.now();
      const command = ['etl', 'run', '--load-type', name, '--date', date, '--yes'];
      const environment = withOwnState(world.environment, name);
      const died = await killedAt(command, environment, { record: appliedStart, way: 'before' });
      expect(died.exitCode, said(died)).toBe(137);
      const container = name === 'there-already' ? 'nightly' : `esr-ops.${name}.${date}`;
      if (is === 'finished') await engineOf().docker('wait', container);
      const anew = await esrOps([...command, '--confirm', `rerun:${name}@${date}`], environment);
      expect([4, 7], said(anew)).toContain(anew.exitCode);
      const resumed = await esrOps(['resume', '--yes'], environment);
      expect(resumed.exitCode, said(resumed)).toBe(0);
      expect(await startedOf(container, sinceMs)).toBe(1);
      expect(await world.rows(date)).toBe(12);
    },
  );

  test(
    'killed at a record of its journal and resumed, it ends as an undisturbed run does, and ran once',
    async () => {
      const run = (worker: string, date: string) => ['etl', 'run', '--load-type', worker, '--date', date, '--yes'];
      const whole = withOwnState(world.environment, 'whole');
      const ended = await esrOps(run('crash-1', '2018-01-01'), whole);
      expect(ended.exitCode, said(ended)).toBe(0);
      const points = crashPoints(await recordsOf(whole), 4).map((point, index) => ({ ...point, index }));
      // No two runs of one load type at a time: they would be in each other's way.
      const free = ['crash-1', 'crash-2'];
      await inPool(points, free.length, async (point) => {
        const worker = free.pop()!;
        const date = new Date(Date.UTC(2018, 1, 1 + point.index)).toISOString().slice(0, 10);
        const sinceMs = Date.now();
        await killAndResume(run(worker, date), withOwnState(world.environment, `at-${point.index}`), point);
        expect(await startedOf(`esr-ops.${worker}.${date}`, sinceMs), JSON.stringify(point)).toBe(1);
        expect(await world.rows(date), JSON.stringify(point)).toBe(12);
        free.push(worker);
      });
    },
    crashTimeout(180_000),
  );

  test('the container that is there all the time is started again with consent only, and not when somebody did meanwhile', async () => {
    const without = await world.etl('there-already', fixed, '--yes');
    expect(without.exitCode, said(without)).toBe(3);
    const agreed = await world.etl('there-already', fixed, '--yes', '--confirm', `rerun:there-already@${fixed}`);
    expect(agreed.exitCode, said(agreed)).toBe(0);
    expect(await world.rows(fixed)).toBe(24);
    const [reader, writer] = [readerOf(), writerOf()];
    const driver = { kind: 'docker-start' as const, container: 'nightly', host: null, docker: null };
    const job = { load: load('there-already', { driver }), date: fixed };
    const planned = await dockerState(job, reader);
    if (planned.is !== 'ended') throw new Error(`it is ${planned.is}`);
    const order = { ...job, id: 'x', replaces: planned.id, parameters: {}, offices: [] };
    await engineOf().docker('start', 'nightly');
    await engineOf().docker('wait', 'nightly');
    await expect(startContainer(order, driver, { reader, writer })).rejects.toThrow('another order');
    expect(await world.rows(fixed)).toBe(36);
  });

  test('what can not be started has started nothing, and says why', async () => {
    const image = await world.etl('no-image', '2019-10-03', '--yes');
    expect(image.exitCode, said(image)).toBe(1);
    expect(said(image)).toContain('esr-ops-no-such-image');
    const { run } = image.lines.find(({ code }) => code === 'run.ended')!['payload'] as { run: string };
    await world.run(['runs', 'ack', run, '--reason', 'test']);
    const program = await world.etl('no-program', '2019-10-03', '--yes');
    expect(program.exitCode, said(program)).toBe(1);
    expect(said(program)).toContain('/no/such/program');
    expect(await containers()).not.toContain('esr-ops.no-image.2019-10-03');
  });
});
