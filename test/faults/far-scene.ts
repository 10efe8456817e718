import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { LabEtlConfig } from '../../src/lab/programs/etl.ts';
import { until } from '../../src/lab/until.ts';
import { programFile, testEnvironment, type TestEnvironment } from '../support/program.ts';
import type { TestS3 } from '../support/s3.ts';
import { hostSection, type TestSshd } from '../support/sshd.ts';
import { startWebhook, type TestWebhook } from '../support/webhook.ts';
import { faultProxy, type FaultProxy } from './fault-proxy.ts';
import { patience } from './trials.ts';

/** What the program talks to when it restarts components and runs loads of another host. */
export const farServices = ['ssh', 's3', 'webhook'] as const;
export type FarService = (typeof farServices)[number];

/** `restart`: a component · `load`: a load type · `recover`: a component that does not work and the load missed by it. */
export type FarKind = 'restart' | 'load' | 'recover';

/** Servers that all scenes share. */
export interface FarServers {
  readonly sshd: TestSshd;
  readonly s3: TestS3;
  /** Of the shared broker. */
  readonly vhost: string;
}

/** What the host and the bucket themselves say of what was done there. */
export interface FarTruth {
  /** How often the component was started since the scene was opened, and whether it works now. */
  readonly starts: number;
  readonly works: boolean;
  /** How often the load ran to its end, and how often it wrote for each Local Office. */
  readonly finished: number;
  readonly wrote: Readonly<Record<string, number>>;
  readonly files: number;
}

/** A component, a load type and a webhook of their own, each reached through a proxy that can fail. */
export interface FarScene {
  readonly kind: FarKind;
  readonly command: readonly string[];
  readonly environment: TestEnvironment;
  readonly proxies: Readonly<Record<FarService, FaultProxy>>;
  readonly webhook: TestWebhook;
  truth(): Promise<FarTruth>;
  remove(): Promise<void>;
}

const offices = ['LDN', 'YHD'];

/** Time-outs are short here: a stalled answer is waited for in every second run. */
export async function openFarScene(kind: FarKind, { sshd, s3, vhost }: FarServers): Promise<FarScene> {
  const id = `far-${randomBytes(5).toString('hex')}`;
  const folder = join(sshd.folder, id);
  const at = (name: string): string => join(folder, name);
  const script = at('service.sh');
  const service = (...words: readonly string[]) => ['sh', script, folder, ...words] as const;
  const works = async (): Promise<boolean> => (await stat(at('works')).catch(() => null)) !== null;
  const webhook = await startWebhook();
  const hook = new URL(webhook.url);
  const [ssh, bucket, notices] = await Promise.all([
    faultProxy(sshd.settings),
    faultProxy({ host: '127.0.0.1', port: Number(new URL(s3.server.endpoint).port) }),
    faultProxy({ host: hook.hostname, port: Number(hook.port) }),
  ]);
  await mkdir(folder);
  await mkdir(at('faults'));
  await copyFile(new URL('../components/service.sh', import.meta.url), script);
  if (kind === 'recover') await writeFile(at('fails'), '');
  await execa('sh', service('start').slice(1));
  // Its process is there before it says anything.
  await until(
    'the component to be up',
    async () => (await lines(at('log'))).length > 1 && (await works()) === (kind !== 'recover'),
    { atMostMs: 60_000 },
  );
  await rm(at('fails'), { force: true });
  const earlier = await lines(at('starts'));

  const hostKey = (await readFile(sshd.settings.knownHosts, 'utf8')).replace(/^\S+ /, '');
  await writeFile(at('known'), `[127.0.0.1]:${ssh.port} ${hostKey}`);
  const { endpoint, region, accessKeyId, secretAccessKey } = s3.server;
  const due = new Date(Date.now() - 2 * 3_600_000);
  const date = due.toISOString().slice(0, 10);
  const etl: LabEtlConfig = {
    offices,
    officeMs: 200,
    mysql: null,
    amqp: null,
    s3: { bucket: s3.server.bucket, endpoint, region, accessKeyId, secretAccessKey },
    loads: { [id]: { reads: null, writes: [{ kind: 'files', prefix: `${id}/`, type: 'APP' }] } },
    record: at('record'),
    faults: at('faults'),
  };
  await writeFile(at('etl.json'), JSON.stringify(etl), { mode: 0o600 });
  const secret = async (name: string, value: string) => {
    await writeFile(at(name), value, { mode: 0o600 });
    return { file: at(name) };
  };
  const environment = await testEnvironment(vhost, {
    mysql: undefined,
    timezone: 'Etc/UTC',
    localOffices: offices,
    hosts: {
      far: {
        ...hostSection(sshd),
        port: ssh.port,
        knownHosts: at('known'),
        connectTimeout: `${3 * patience}s`,
      },
    },
    s3: {
      endpoint: `http://127.0.0.1:${bucket.port}`,
      ...{ region, pathStyle: true, timeoutMs: 1_500 * patience },
      credentials: {
        accessKeyId: await secret('key-id', accessKeyId),
        secretAccessKey: await secret('secret', secretAccessKey),
      },
    },
    notify: {
      channels: {
        team: {
          url: await secret('webhook', webhook.url.replace(`:${hook.port}`, `:${notices.port}`)),
          timeoutMs: 1_000 * patience,
        },
      },
    },
    components: {
      esr: {
        is: 'What runs the loads.',
        owner: 'us',
        host: 'far',
        control: {
          start: service('start'),
          stop: service('stop'),
          status: service('status'),
          logs: service('logs'),
        },
        health: { command: ['test', '-e', at('works')] },
        log: { started: ['Started \\w+'], failed: ['Application startup failed'] },
        stopGrace: '5s',
        startLimit: '10s',
      },
    },
    loadTypes: {
      [id]: {
        meaning: 'files of a day',
        component: 'esr',
        run: {
          program: process.execPath,
          args: [programFile(), 'lab-program', 'etl', at('etl.json'), '${loadType}', '${date}'],
        },
        schedule: { cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`, zone: 'Etc/UTC' },
        usually: '5s',
        writes: [
          {
            s3: {
              bucket: s3.server.bucket,
              prefix: `${id}/\${date}/`,
              key: 'DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT',
            },
          },
        ],
        evidenceWithin: '2s',
        missed: { means: 'Nobody gets the files.' },
        rerun: { twice: 'Each file is there twice.' },
        log: { succeeded: ['^INFO Job finished'], failed: ['^ERROR'] },
      },
    },
  });
  const commands: Readonly<Record<FarKind, readonly string[]>> = {
    restart: ['esr', 'restart', '--yes'],
    load: ['etl', 'run', '--load-type', id, '--date', date, '--yes'],
    recover: ['recover', 'etl', '--yes'],
  };
  const proxies = { ssh, s3: bucket, webhook: notices };
  return {
    kind,
    command: commands[kind],
    environment,
    proxies,
    webhook,
    truth: async () => {
      const events = (await lines(at('record'))).map(
        (line) => JSON.parse(line) as { readonly event: string; readonly office?: string },
      );
      const count = (event: string, office?: string): number =>
        events.filter((one) => one.event === event && one.office === office).length;
      return {
        starts: (await lines(at('starts'))).length - earlier.length,
        works: await works(),
        finished: count('finished'),
        wrote: Object.fromEntries(offices.map((office) => [office, count('wrote', office)])),
        files: (await s3.client.keys(`${id}/`)).length,
      };
    },
    remove: async () => {
      await Promise.all(farServices.map((one) => proxies[one].close()));
      await webhook.down();
      await execa('sh', service('stop').slice(1), { reject: false });
      await environment.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function lines(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}
