import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withOwnState } from '../crash/kill-and-resume.ts';
import { runsOf } from '../crash/recovering.ts';
import { esrOps, testEnvironment, type Ended, type TestEnvironment } from '../support/program.ts';
import { describeWithSshd, hostSection } from '../support/sshd.ts';
import { startWebhook, type TestWebhook } from '../support/webhook.ts';
import { leaksBelow, leaksIn, type Secrets } from './leaks.ts';

/** None of them is used by what runs here: others say them all the same. */
const planted = {
  rabbitmq: 'Rabbit "planted"/60e1\\é?&%41',
  captureKey: 'Capture-key planted/2b7c"\\#',
  s3Secret: "S3 'planted'/93fd+=%41",
} as const;
const loads = ['fails', 'says'] as const;

/** Everything that a secret is written as by programs that have it in their configuration. */
const echoed = Object.values(planted)
  .flatMap((secret) => [
    `ERROR login refused, password=${secret}`,
    `ERROR amqp://ops:${encodeURIComponent(secret)}@broker/`,
    `ERROR ${JSON.stringify({ password: secret })}`,
    `ERROR Authorization: Basic ${Buffer.from(`ops:${secret}`).toString('base64')}`,
  ])
  .join('\n');

describeWithSshd(
  'secrets of the configuration in what others say',
  (sshd) => {
    let environment: TestEnvironment;
    let webhook: TestWebhook;
    let secrets: Secrets;
    const file = (name: string): string => join(sshd().folder, name);

    beforeAll(async () => {
      webhook = await startWebhook();
      secrets = { ...planted, webhook: new URL(webhook.url).pathname };
      const secret = async (name: string, value: string) => {
        await writeFile(file(name), value, { mode: 0o600 });
        return { file: file(name) };
      };
      await writeFile(file('echoed'), `${echoed}\nERROR ${webhook.url}\n`);
      // Says them on both of its outputs, and ends as it is told.
      await writeFile(file('says.sh'), `cat "${file('echoed')}"; cat "${file('echoed')}" >&2; exit "$1"\n`);
      const says = (exitCode: number) => ['sh', file('says.sh'), String(exitCode)];
      environment = await testEnvironment('/', {
        mysql: undefined,
        rabbitmq: {
          management: 'http://127.0.0.1:1',
          amqp: 'amqp://127.0.0.1:1',
          user: 'ops',
          password: await secret('rabbitmq', planted.rabbitmq),
          vhost: '/',
        },
        capture: { secrets: 'encrypt', key: await secret('captureKey', planted.captureKey) },
        s3: {
          ...{ endpoint: 'http://127.0.0.1:1', region: 'eu-west-2' },
          credentials: {
            accessKeyId: await secret('keyId', 'AKIAPLANTEDKEYID0042'),
            secretAccessKey: await secret('s3Secret', planted.s3Secret),
          },
        },
        notify: { channels: { team: { url: await secret('webhook', webhook.url) } } },
        hosts: { far: hostSection(sshd()) },
        localOffices: ['LDN'],
        components: {
          esr: {
            is: 'What says too much.',
            owner: 'us',
            host: 'far',
            control: { start: says(7), stop: says(0), status: says(3), logs: says(0) },
            health: { command: says(1) },
            log: { failed: ['^ERROR'] },
            startLimit: '1s',
          },
        },
        loadTypes: Object.fromEntries(
          loads.map((name, at) => [
            name,
            {
              meaning: 'a load that says too much',
              component: 'esr',
              run: { program: 'sh', args: [file('says.sh'), String(1 - at)] },
              schedule: { cron: '0 2 * * *', zone: 'Etc/UTC' },
              usually: '5s',
              writes: [{ s3: { bucket: 'files', prefix: 'out/', key: '${office}_${date}' } }],
              evidenceWithin: '1s',
              missed: { means: 'nothing comes' },
              rerun: 'safe',
              ...(name === 'fails' ? { log: { failed: ['^ERROR'] } } : {}),
            },
          ]),
        ),
      });
    });
    afterAll(async () => {
      await webhook.down();
      await environment.remove();
    });

    /** Runs it in a state folder of its own; nothing of what it says and leaves holds a secret. */
    async function clean(name: string, words: readonly string[], exitCodes: readonly number[]): Promise<Ended> {
      const own = withOwnState(environment, name);
      const ended = await esrOps(words, own, { env: { ESR_OPS_DEBUG: '1' } });
      expect(leaksIn(ended.stdout + ended.stderr, secrets), ended.stdout + ended.stderr).toEqual([]);
      expect(ended.stderr).not.toMatch(/This should not happen|bug in esr-ops/);
      expect(exitCodes, ended.stdout + ended.stderr).toContain(ended.exitCode);
      await mkdir(own.env['XDG_STATE_HOME'] ?? '', { recursive: true, mode: 0o700 });
      expect((await leaksBelow(own.env['XDG_STATE_HOME'] ?? '', secrets)).found).toEqual([]);
      return ended;
    }
    const load = (name: (typeof loads)[number]) => [
      'etl',
      'run',
      '--load-type',
      name,
      '--unhealthy',
      '--late',
      '--yes',
      '--confirm',
    ];

    test('the log of a load, the output of commands and the greeting of a host: none is shown, journalled or told', async () => {
      const today = new Date().toISOString().slice(0, 10);
      const [failed, ran, json] = await Promise.all([
        clean('fails', [...load('fails'), `rerun:fails@${today}`], [1]),
        clean('says', [...load('says'), `rerun:says@2019-10-01`, '--date', '2019-10-01', '--output', 'json'], [5]),
        clean('json', [...load('fails'), `rerun:fails@2019-10-02`, '--date', '2019-10-02', '--output', 'json'], [1]),
        clean('restart', ['esr', 'restart', '--yes'], [1, 6]),
        clean(
          'dry',
          ['recover', 'etl', '--unhealthy', '--dry-run', '--out', join(environment.home, 'plan.json')],
          [0, 4],
        ),
        clean('status', ['status', '--output', 'json'], [11]),
        clean('diagnose', ['diagnose', '--symptom', 'login refused'], [0, 11]),
      ]);
      // They were really said.
      for (const { stdout, stderr } of [failed, ran, json])
        expect(stdout + stderr).toMatch(/\[secret environments\.test\.rabbitmq\.password\]/);
      expect((await leaksBelow(environment.home, {})).files).toBeGreaterThan(5);
      const own = withOwnState(environment, 'fails');
      const [run = ''] = await runsOf(own);
      const report = await clean('fails', ['report', run], [0]);
      expect(report.stdout).toContain('[secret ');
      expect(webhook.asked.length).toBeGreaterThan(3);
      expect(leaksIn(webhook.asked.join('\n'), secrets)).toEqual([]);
    });

    test('a host on which no shell answers: what it says instead is not passed on', async () => {
      await writeFile(join(sshd().programs, 'sh'), `#!/bin/cat\n${echoed}\n`, { mode: 0o700 });
      const ended = await clean('no-shell', ['esr', 'restart', '--yes', '--output', 'json'], [9]);
      expect(ended.stdout + ended.stderr).toContain('[secret environments.test.');
      expect(await readdir(sshd().programs)).toEqual(['sh']);
    });
  },
  { banner: `${echoed}\n` },
);
