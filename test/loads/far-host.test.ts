import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dockerDefaults } from '../../src/core/docker-settings.ts';
import { importLabImage, labImage } from '../../src/lab/docker/lab-image.ts';
import { until } from '../../src/lab/until.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import { withOwnState } from '../crash/kill-and-resume.ts';
import { startOps } from '../crash/started.ts';
import { describeWithDocker, privateEngine } from '../support/docker.ts';
import { onlyReads } from '../support/only-reads.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';
import { startTestS3, type TestS3 } from '../support/s3.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { describeWithSshd, hostSection } from '../support/sshd.ts';
import { etlWorld, type EtlWorld } from './etl-world.ts';

vi.setConfig({ testTimeout: 180_000 });

const node = process.execPath;
const said = ({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): string =>
  `${stdout}\n${stderr}`.replaceAll(/\s+/g, ' ');

describeWithDocker('etl run on a host over SSH', privateEngine, (engineOf) => {
  describeWithSshd(
    'with an engine, files and rows there',
    (sshd) => {
      let vhost: TestVhost;
      let s3: TestS3;
      let world: EtlWorld;
      const events = async (sinceMs: number) =>
        await createDockerReader(
          { host: 'local', endpoint: engineOf().endpoint },
          dockerDefaults,
          createLocalReader(),
        ).events(sinceMs);
      const starts = async (container: string, sinceMs: number) =>
        (await events(sinceMs)).filter(({ action, actor }) => action === 'start' && actor === container).length;
      const slow = () => join(sshd().folder, 'slow');
      const job = (load: string, date: string) => join(sshd().state, 'esr-ops', 'jobs', `${load}@${date}`);
      const run = (load: string, date: string) => ['etl', 'run', '--load-type', load, '--date', date, '--yes'];

      beforeAll(async () => {
        const engine = engineOf();
        [vhost, s3] = await Promise.all([freshVhost(), startTestS3(), importLabImage(engine, [node, programFile()])]);
        const files = {
          bucket: s3.server.bucket,
          prefix: 'app/${date}/',
          key: 'DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT',
          minBytes: 4,
        };
        const { endpoint, region, accessKeyId, secretAccessKey } = s3.server;
        await writeFile(join(sshd().folder, 'key-id'), accessKeyId, { mode: 0o600 });
        await writeFile(join(sshd().folder, 'secret'), secretAccessKey, { mode: 0o600 });
        world = await etlWorld(
          vhost.name,
          (home) => {
            const args = ['lab-program', 'etl', join(home, 'etl.json'), '${loadType}', '${date}'];
            const program = { program: node, args: [programFile(), ...args], host: 'far' };
            const options = ['--network', 'host', '--volume', `${home}:${home}`];
            const image = { image: labImage, options, args: [node, programFile(), ...args], host: 'far' };
            const busy = { containers: ['^somebody-elses'] };
            return {
              'far-argv': { run: program },
              'far-files': { run: image, busy, writes: [{ s3: files }] },
              'near-files': { writes: [{ s3: files }] },
            };
          },
          {
            officeMs: 500,
            s3: { bucket: s3.server.bucket, endpoint, region, accessKeyId, secretAccessKey },
            writes: Object.fromEntries(
              ['far-files', 'near-files'].map((name) => [name, [{ kind: 'files', prefix: 'app/', type: 'APP' }]]),
            ),
            environment: {
              hosts: { far: hostSection(sshd()) },
              docker: { far: { endpoint: engine.endpoint } },
              s3: {
                ...{ endpoint, region, pathStyle: true },
                credentials: {
                  accessKeyId: { file: join(sshd().folder, 'key-id') },
                  secretAccessKey: { file: join(sshd().folder, 'secret') },
                },
              },
            },
          },
        );
        // A far side that takes its time between making room for a run and beginning it.
        await writeFile(
          join(sshd().programs, 'setsid'),
          `#!/bin/sh\n[ -e "${slow()}" ] && sleep 3\nPATH=\${PATH#*:} exec setsid "$@"\n`,
          { mode: 0o700 },
        );
      });
      afterAll(async () => {
        await world.close();
        await s3.end();
        await vhost.remove();
      });

      test('a dry run makes no changing call: nothing of it on the engine, the host, in S3 and the database', async () => {
        const sinceMs = Date.now();
        const before = await outside();
        for (const load of ['far-argv', 'far-files']) {
          const dry = await esrOps([...run(load, '2019-10-01'), '--dry-run'], world.environment);
          expect(dry.exitCode, said(dry)).toBe(0);
          expect(said(dry)).toContain('nothing was changed');
        }
        expect(await outside()).toEqual(before);
        expect(await events(sinceMs)).toEqual([]);
        const commands = await sshd().commands();
        expect(commands.length).toBeGreaterThanOrEqual(4);
        expect(commands.filter((argv) => !onlyReads(argv))).toEqual([]);
        // The proof itself would see one.
        expect(onlyReads(['docker', '--host', 'x', 'run', '--detach'])).toBe(false);

        async function outside() {
          return {
            keys: await s3.client.keys(''),
            rows: await world.rows('2019-10-01'),
            jobs: await readdir(sshd().state),
          };
        }
      });

      test('a connection that breaks before the run began: resume finds the run that began after that, and starts no second', async () => {
        const date = '2019-10-02';
        const environment = withOwnState(world.environment, 'argv');
        await writeFile(slow(), '');
        const started = startOps(run('far-argv', date), environment);
        await until('its place to be taken', () => existsSync(join(job('far-argv', date), 'id')), { atMostMs: 60_000 });
        await sshd().dropConnections();
        const ended = await started.ended;
        await rm(slow());
        expect(ended.exitCode, said(ended)).toBe(1);
        expect(said(ended)).toContain('the connection broke');
        const resumed = await esrOps(['resume', '--yes'], environment);
        expect(resumed.exitCode, said(resumed)).toBe(0);
        expect(await world.rows(date)).toBe(12);
      });

      test('connections that break while it is followed end nothing; its files are counted, named, weighed and numbered', async () => {
        const date = '2019-10-03';
        const sinceMs = Date.now();
        const started = startOps(run('far-files', date), withOwnState(world.environment, 'files'));
        await started.said('INFO Started');
        for (let drop = 0; drop < 8; drop += 1) {
          await sshd().dropConnections();
          await sleep(150);
        }
        const ended = await started.ended;
        expect(ended.exitCode, said(ended)).toBe(0);
        expect(said(ended)).toContain('app/2019-10-03/: 4 files (EMD 1, LDN 1, OXF 1, YHD 1)');
        expect(await starts(`esr-ops.far-files.${date}`, sinceMs)).toBe(1);
        expect(await s3.client.keys('app/2019-10-03/')).toHaveLength(4);
      });

      test('files that are missing, empty or leave a gap in the numbers keep it unverified, and are named', async () => {
        await world.break('near-files', 'file-missing');
        const missing = await esrOps(run('near-files', '2019-10-04'), withOwnState(world.environment, 'missing'));
        await world.break('near-files', null);
        expect(missing.exitCode, said(missing)).toBe(5);
        expect(said(missing)).toContain('3 files (EMD 1, LDN 1, OXF 1); none of YHD');
        const date = '2019-10-05';
        const key = (office: string, number: number) =>
          `app/${date}/DE_${office}_APP_20191005_${String(number).padStart(8, '0')}.DAT`;
        // Somebody else writes while it runs.
        const started = startOps(run('near-files', date), withOwnState(world.environment, 'gap'));
        await started.said('wrote EMD');
        const [first = ''] = await s3.client.keys(`app/${date}/`);
        const number = Number(/_(\d{8})\.DAT$/.exec(first)![1]);
        await s3.client.put(key('EMD', number), '');
        await s3.client.put(key('LDN', number + 20), 'LDN\n');
        const ended = await started.ended;
        expect(ended.exitCode, said(ended)).toBe(5);
        expect(said(ended)).toContain(`${key('EMD', number)} has 0 bytes`);
        expect(said(ended)).toContain('2 files of LDN instead of 1');
        expect(said(ended)).toMatch(/no file has the numbers \d+ to \d+/);
      });
    },
    { record: true },
  );
});
