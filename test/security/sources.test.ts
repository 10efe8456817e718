import { execa } from 'execa';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeKey } from '../support/sshd.ts';
import { programFile, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { leaksBelow, leaksIn, watchProcesses } from './leaks.ts';

const planted = {
  s3KeyId: 'AKIAPLANTEDKEYID0042',
  s3Secret: 'S3 "planted"/4e1c\\é+=%41',
  webhook: 'T0PLANTED/B0/webhook-91bc2f',
  containerEnv: "Docker 'planted'/77aa:@?",
  containerArgument: 'Argument-planted-5d2e',
};
let secrets: Record<string, string>;
let vhost: TestVhost;
let environment: TestEnvironment;
let home: string;
/** Answers of every service hold what was sent to it, as error pages of proxies do. */
const echo = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const said = `${planted.s3KeyId} ${planted.s3Secret} ${request.url ?? ''} ${JSON.stringify(request.headers)}`;
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      `<Error><Code>AccessDenied</Code><Message>${said.replaceAll('&', '').replaceAll('<', '')}</Message></Error>`,
    );
  });
});

const inspected = {
  Id: 'a'.repeat(64),
  Name: '/esr',
  Path: 'java',
  Args: [`--password=${planted.containerArgument}`],
  RestartCount: 0,
  State: { Status: 'running', Running: true, Pid: 5, ExitCode: 0, StartedAt: '2026-03-22T06:25:00Z' },
  Config: { Image: 'esr:1', Env: [`DB_PASSWORD=${planted.containerEnv}`], Cmd: [planted.containerArgument] },
  HostConfig: { RestartPolicy: { Name: 'always' } },
};
const prints = {
  version: { Server: { Version: '20.10.24', ApiVersion: '1.41' } },
  info: { LiveRestoreEnabled: false, DockerRootDir: '/var/lib/docker', Driver: 'overlay2', Warnings: [] },
  ps: { ID: inspected.Id, Names: 'esr', Image: 'esr:1' },
  inspect: inspected,
};

beforeEach(async () => {
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  vhost = await freshVhost();
  const file = (name: string) => ({ file: join(home, name) });
  const scratch = await testEnvironment(vhost.name);
  home = scratch.home;
  await makeKey(join(home, 'ssh-key'));
  const key = (await readFile(join(home, 'ssh-key'), 'utf8')).split('\n')[3] ?? '';
  secrets = { ...planted, sshKey: key };
  expect(key.length).toBeGreaterThan(20);
  await mkdir(join(home, 'answers'));
  for (const [word, answer] of Object.entries(prints))
    await writeFile(join(home, 'answers', word), `${JSON.stringify(answer)}\n`);
  const client = join(home, 'docker-client');
  await writeFile(
    client,
    `#!/bin/sh\nfor word; do [ -f '${home}/answers/'"$word" ] && exec cat '${home}/answers/'"$word"; done\nexit 0\n`,
  );
  await chmod(client, 0o700);
  environment = await testEnvironment(vhost.name, {
    s3: {
      endpoint,
      region: 'eu-west-2',
      pathStyle: true,
      credentials: { accessKeyId: file('s3KeyId'), secretAccessKey: file('s3Secret') },
    },
    notify: { channels: { team: { url: file('webhook') } } },
    docker: { local: { client, restart: ['true'], answerTimeout: '5s' } },
    hosts: {
      far: {
        address: '127.0.0.1',
        port: 1,
        identityFile: join(home, 'ssh-key'),
        knownHosts: join(home, 'known'),
        connectTimeout: '2s',
      },
    },
    components: {
      esr: { is: 'the application', owner: 'the team', control: { container: 'esr' } },
      'esr-etl': { is: 'the loads', owner: 'the team', host: 'far', control: { systemd: 'etl.service' } },
    },
    loadTypes: {
      daily: {
        meaning: 'a load',
        component: 'esr-etl',
        run: { program: '/bin/true', args: [] },
        schedule: { cron: '0 2 * * *', zone: 'Europe/London' },
        usually: '5s',
        writes: [
          {
            s3: {
              bucket: 'files',
              prefix: 'out/',
              key: 'DE_${office}_${date:YYYYMMDD}_${seq:8}.DAT',
              expect: 'per-office',
              contiguous: true,
            },
          },
        ],
        missed: { means: 'nothing comes', instead: 'tell somebody' },
        rerun: { twice: 'twice', clear: 'delete' },
      },
    },
    localOffices: ['LDN'],
  });
  for (const name of ['s3KeyId', 's3Secret'] as const)
    await writeFile(join(home, name), planted[name], { mode: 0o600 });
  await writeFile(join(home, 'webhook'), `${endpoint}/services/${planted.webhook}`, { mode: 0o600 });
});
afterEach(async () => {
  echo.closeAllConnections();
  echo.close();
  await vhost.remove();
  await environment.remove();
  await rm(home, { recursive: true, force: true });
});

/** The consent that the dry run before names. */
function confirmed(outputs: readonly string[]): readonly string[] {
  return [...(outputs.at(-1) ?? '').matchAll(/--confirm (\S+)/g)].flatMap(([, token = '']) => ['--confirm', token]);
}

it('no secret of S3, webhooks, containers and SSH is in any output, file, argument or environment', async () => {
  const outputs: string[] = [];
  for (const typed of [
    'config check',
    'config show --output json',
    'status --output json',
    's3 check --date 2026-03-22',
    'notify test',
    'docker restart --dry-run',
    'docker restart --yes',
    'esr restart esr-etl --dry-run',
    'etl status --output json',
  ]) {
    const child = execa(
      process.execPath,
      [programFile(), ...typed.split(' '), ...(typed === 'docker restart --yes' ? confirmed(outputs) : [])],
      {
        env: { ...environment.env, ESR_OPS_DEBUG: '1' },
        stdin: 'ignore',
        reject: false,
        timeout: 60_000,
      },
    );
    const watch = watchProcesses(() => child.pid ?? -1, secrets);
    const { stdout, stderr } = await child;
    const { found } = await watch.stop();
    expect(leaksIn(stdout + stderr, secrets), `${typed}: ${stderr}${stdout}`).toEqual([]);
    expect(found, typed).toEqual([]);
    expect(stderr, typed).not.toMatch(/code: (config|usage)/);
    expect(stderr).not.toContain('This should not happen');
    outputs.push(stdout + stderr);
  }
  // They were really asked for.
  expect(outputs.join('\n')).toMatch(/s3:ListBucket/);
  expect(outputs.join('\n')).toMatch(/answered 403/);
  const { files, found, open } = await leaksBelow(join(environment.home, 'state'), secrets);
  expect(files).toBeGreaterThan(2);
  expect((await readdir(join(environment.dir, 'docker'))).length, 'inspect of each container was kept').toBeGreaterThan(
    0,
  );
  expect([found, open]).toEqual([[], []]);
});
