import { stat } from 'node:fs/promises';
import type { Environment, MysqlSettings, RabbitmqSettings, SecretRef } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { loadFindings } from '../core/load-findings.ts';
import { referenceFindings } from '../core/load-references.ts';
import type { HostReader } from '../core/host-machine.ts';
import type { Messages } from '../core/messages.ts';
import type { NoticeChannel } from '../core/notice.ts';
import type { RabbitReader } from '../core/ports.ts';
import type { S3Buckets } from '../core/ports-s3.ts';
import type { MysqlAccount } from '../services/mysql/account.ts';
import { inspectFolder } from '../services/state/folders.ts';
import { findProgram } from './find-program.ts';
import type { Secrets } from './secrets.ts';

/** What a check of the configuration needs; everything in it only reads. */
export interface CheckDeps {
  readonly secrets: Secrets;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateRoot: string;
  readonly rabbit: (settings: RabbitmqSettings, password: () => Promise<string>) => RabbitReader;
  readonly mysql: (settings: MysqlSettings, password: string) => Promise<MysqlAccount>;
  readonly host: (name: string) => HostReader;
  /** Ms since the epoch: schedules are checked from here on. */
  readonly now: number;
  /** What is seen of a channel's server, without sending anything. */
  readonly webhook: (channel: NoticeChannel, url: string) => Promise<string>;
  /** Null where the environment has no s3 section. */
  readonly s3: () => Promise<S3Buckets | null>;
}

/** One row of `config.checked`. */
export type ConfigCheck = Messages['config.checked']['checks'][number];

/** Tries everything that an environment's configuration names, read-only, and says which credential did what. */
export async function checkEnvironment(environment: Environment, deps: CheckDeps): Promise<Messages['config.checked']> {
  const { name, rabbitmq, mysql, capture } = environment;
  const checks = [
    await checkState(deps.stateRoot),
    ...(rabbitmq === null ? [row('rabbitmq', 'not configured')] : await checkRabbit(name, rabbitmq, deps)),
    ...(mysql === null
      ? [row('mysql', 'not configured: operators on different hosts are not kept apart')]
      : await checkMysql(name, mysql, deps)),
    ...(await Promise.all(Object.keys(environment.hosts).map((host) => checkHost(host, environment, deps)))),
    ...(await checkS3(environment, deps)),
    ...(await Promise.all(environment.notify.channels.map((channel) => checkChannel(name, channel, deps)))),
    ...(capture.key === null ? [] : [await checkSecret(`${placeOf(name)}.capture.key`, capture.key, deps.secrets)]),
    ...checkLoads(environment, deps.now),
    ...(await Promise.all(environment.runbooks.map((folder) => checkRunbooks(folder)))),
  ];
  const warnings = deps.secrets
    .warnings()
    .map((problem) => ({ what: problem.code, ok: false, found: problem.message, next: problem.next?.[0] ?? null }));
  return { environment: name, checks: [...checks, ...warnings] };
}

function placeOf(environment: string): string {
  return `environments.${environment}`;
}

function row(what: string, found: string, next: string | null = null, ok = next === null): ConfigCheck {
  return { what, ok, found, next };
}

async function attempt(what: string, look: () => Promise<ConfigCheck>): Promise<ConfigCheck> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [{ message, next }] = error.problems;
    return { what, ok: false, found: message, next: next?.[0] ?? null };
  }
}

function checkState(root: string): Promise<ConfigCheck> {
  const what = 'state folder';
  return attempt(what, async () =>
    row(what, (await inspectFolder(root)) ? `${root}, yours alone` : `${root} is not there yet and will be made`),
  );
}

function checkSecret(place: string, ref: SecretRef, secrets: Secrets): Promise<ConfigCheck> {
  return attempt(place, async () => {
    await secrets.resolve(ref, place);
    return row(place, `found ${originOf(ref)}`);
  });
}

function originOf(ref: SecretRef): string {
  if ('env' in ref) return `in the environment variable ${ref.env}`;
  return 'file' in ref ? `in the file ${ref.file}` : `with the program ${ref.command[0]}`;
}

async function checkRabbit(name: string, settings: RabbitmqSettings, deps: CheckDeps): Promise<readonly ConfigCheck[]> {
  const place = `${placeOf(name)}.rabbitmq.password`;
  const who = `user ${settings.user} with ${place}`;
  const reader = deps.rabbit(settings, () => deps.secrets.resolve(settings.password, place));
  const secret = await checkSecret(place, settings.password, deps.secrets);
  const answers = secret.ok ? await askRabbit(reader, settings, who) : [];
  const program = settings.reboot === null ? [] : [await checkProgram(settings.reboot.command[0], deps)];
  return [secret, ...answers, ...program];
}

function askRabbit(reader: RabbitReader, settings: RabbitmqSettings, who: string): Promise<readonly ConfigCheck[]> {
  return Promise.all([
    attempt('rabbitmq.management', async () => {
      const { product, version } = await reader.overview();
      return row('rabbitmq.management', `${who} reads ${product} ${version} at ${reader.identity}`);
    }),
    attempt('rabbitmq.user', async () => {
      const { name: is, tags } = await reader.whoami();
      const tagged = tags.length === 0 ? 'without a tag' : `tagged ${tags.join(', ')}`;
      const enough = tags.includes('administrator');
      return row(
        'rabbitmq.user',
        `${is} is ${tagged}`,
        enough ? null : `rabbitmqctl set_user_tags ${is} administrator`,
      );
    }),
    attempt('rabbitmq.vhost', async () => {
      const { state } = await reader.status(settings.vhost);
      return row('rabbitmq.vhost', `vhost ${settings.vhost} is ${state} for ${who}`, nextFor[state]);
    }),
  ]);
}

const nextFor = {
  running: null,
  down: 'esr-ops recover vhost',
  absent: 'correct rabbitmq.vhost, or: esr-ops recover vhost',
  unpermitted: 'give the user permissions on the vhost',
} as const;

async function checkProgram(program: string, { env }: CheckDeps): Promise<ConfigCheck> {
  const found = await findProgram(program, env);
  if (found !== null) return row('rabbitmq.reboot', `${found} can be run; it was not`);
  return row('rabbitmq.reboot', `${program} is not a program that can be run`, 'correct rabbitmq.reboot.command');
}

async function checkMysql(name: string, settings: MysqlSettings, deps: CheckDeps): Promise<readonly ConfigCheck[]> {
  const place = `${placeOf(name)}.mysql.password`;
  const secret = await checkSecret(place, settings.password, deps.secrets);
  if (!secret.ok) return [secret];
  const login = await attempt('mysql.login', async () => {
    const password = await deps.secrets.resolve(settings.password, place);
    const { account, version, canWrite } = await deps.mysql(settings, password);
    const found = `${settings.user} with ${place} is ${account} on ${version}`;
    if (canWrite.length === 0) return row('mysql.login', `${found} and can only read`);
    const shown = canWrite.slice(0, 5).join(', ');
    return row(
      'mysql.login',
      `${found} and could change data: ${shown}`,
      'use an account with SELECT and PROCESS only',
    );
  });
  return [secret, login];
}

function checkHost(name: string, { hosts }: Environment, deps: CheckDeps): Promise<ConfigCheck> {
  const what = `hosts.${name}`;
  const found = hosts[name];
  return attempt(what, async () => {
    await deps.host(name).stat('/');
    if (found?.reach !== 'ssh') return row(what, 'is this machine');
    const { host, port, user, knownHosts } = found.ssh;
    const who = user === null ? host : `${user}@${host}`;
    return row(what, `${who}:${port} answers, its key is in ${knownHosts}`);
  });
}

/** The first page of what each load type writes: that takes the permission and the bucket, and lists no more. */
async function checkS3({ loadTypes }: Environment, deps: CheckDeps): Promise<readonly ConfigCheck[]> {
  const writes = loadTypes.flatMap(({ writes: all }) => all.filter((write) => write.kind === 's3'));
  const buckets = await deps.s3();
  if (buckets === null)
    return writes.length === 0 ? [] : [row('s3', 'load types write files, and s3: is not configured', 'write s3:')];
  const places = new Map(
    writes.map(({ bucket, prefix }) => [`${bucket}/${prefix.split('${')[0] ?? ''}`, { bucket, prefix }]),
  );
  return await Promise.all(
    [...places].map(([place, { bucket, prefix }]) =>
      attempt(`s3 ${place}`, async () => {
        const reader = buckets(bucket);
        for await (const [first] of reader.list([{ prefix: prefix.split('${')[0] ?? '', cuts: [] }]))
          return row(`s3 ${place}`, `${reader.identity} can be listed: ${first?.key ?? ''}`);
        return row(`s3 ${place}`, `${reader.identity} can be listed and has no key that begins so`);
      }),
    ),
  );
}

/** Its server only: a request would be a message in the channel. */
function checkChannel(name: string, channel: NoticeChannel, deps: CheckDeps): Promise<ConfigCheck> {
  const what = `notify.channels.${channel.name}`;
  return attempt(what, async () => {
    const url = await deps.secrets.resolve(channel.url, `${placeOf(name)}.${what}.url`);
    const seen = await deps.webhook(channel, url);
    return row(what, `${seen}; nothing was sent, so whether the webhook is valid only esr-ops notify test tells`);
  });
}

async function checkRunbooks(folder: string): Promise<ConfigCheck> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? row('runbooks', folder) : row('runbooks', `${folder} is not a folder`, 'correct runbooks');
}

/** Whether components and load types fit together; nothing is read but the configuration. */
function checkLoads(environment: Environment, now: number): readonly ConfigCheck[] {
  const { components, loadTypes } = environment;
  if (components.length === 0 && loadTypes.length === 0) return [];
  const findings = [...referenceFindings(environment), ...loadFindings(environment, now)];
  if (findings.length > 0) return findings.map(({ where, found, next }) => row(where, found, next));
  return [row('loadTypes', `${components.length} components and ${loadTypes.length} load types fit together`)];
}
