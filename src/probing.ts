import { join } from 'node:path';
import type { Environment, SecretRef } from './core/environment.ts';
import { effectiveTarget } from './core/cdc-config.ts';
import { dockerOf } from './core/docker-settings.ts';
import type { HostReader } from './core/host-machine.ts';
import { createErrorWatch, type ErrorWatch } from './core/error-watch.ts';
import type { Clock } from './core/ports.ts';
import type { CdcLooks } from './core/ports-cdc.ts';
import type { S3Buckets } from './core/ports-s3.ts';
import type { ProbeReaders } from './core/ports-probes.ts';
import type { Signature } from './core/signature.ts';
import { limited } from './probes/limited.ts';
import { createCaptureReader } from './services/captures/reader.ts';
import { createCdcReader } from './services/cdc/reader.ts';
import { createHealthReader } from './services/components/health.ts';
import { createComponentLooker } from './services/components/look.ts';
import { createDockerReader } from './services/docker/reader.ts';
import { hostReaders } from './services/host/reader.ts';
import { createFoundWrites } from './services/loads/found-writes.ts';
import { createMaxwellReader } from './services/maxwell/reader.ts';
import type { MysqlAccess } from './services/mysql/connect.ts';
import { countRows } from './services/mysql/count-rows.ts';
import { createDatabaseReader } from './services/mysql/database-reader.ts';
import { createRabbitReader } from './services/rabbitmq/reader.ts';
import { createRunReader } from './services/state/runs-reader.ts';

/** Looks that are shorter than this, ms, can't tell a daemon that hangs from one that is busy. */
const leastToHangMs = 3_000;

/** What the readers of probes are made from. */
export interface ProbingParts {
  readonly environment: Environment;
  /** State folder of the environment. */
  readonly dir: string;
  readonly clock: Clock;
  /** Its listings end with the program; null: no S3. */
  readonly s3: S3Buckets | null;
  readonly secret: (ref: SecretRef, name: string) => Promise<string>;
  /** The longest that one look may take, ms. */
  readonly limitMs: number;
}

/**
 * Readers that give up early, so that a service that hangs ends when its probe does: within `close`, every socket and
 * command of theirs is gone.
 */
export function openProbing(parts: ProbingParts): { readonly readers: ProbeReaders; close(): Promise<void> } {
  const { environment, dir, clock, secret, limitMs } = parts;
  const { rabbitmq, mysql, cdc, name } = environment;
  const ended = new AbortController();
  // Two answers one after the other must fit into the limit: of a broker whose AMQP port hangs, HTTP still tells.
  const oneMs = Math.ceil(limitMs * 0.6);
  const rabbit =
    rabbitmq === null
      ? null
      : createRabbitReader({
          ...rabbitmq,
          timeoutMs: Math.min(rabbitmq.timeoutMs, oneMs),
          slowTimeoutMs: Math.min(rabbitmq.slowTimeoutMs, limitMs),
          password: () => secret(rabbitmq.password, `environments.${name}.rabbitmq.password`),
        });
  const reach = hostReaders(environment.hosts);
  const hostOf = (host: string | null): HostReader => inTime(reach(host), limitMs, ended.signal);
  const settings = mysql === null ? null : { ...mysql, timeoutMs: Math.min(mysql.timeoutMs, limitMs) };
  const access = async (): Promise<MysqlAccess> => {
    if (settings === null) throw new Error('asked for a database that is not configured');
    const password = await secret(settings.password, `environments.${name}.mysql.password`);
    return { settings, password, signal: ended.signal };
  };
  return {
    readers: {
      rabbit,
      database: settings === null ? null : createDatabaseReader(settings, access),
      cdc: settings === null || typeof cdc === 'string' ? null : cdcReaders(cdc, access, hostOf),
      components: createComponentLooker({
        docker: (place) => {
          const settings = dockerOf(environment.docker, place.host);
          // A daemon is only called hung after a time in which a busy one would have answered.
          const answerMs = limitMs < leastToHangMs ? settings.answerMs : Math.min(settings.answerMs, oneMs);
          return createDockerReader(place, { ...settings, answerMs }, hostOf(place.host));
        },
        hostOf,
        health: (component) => createHealthReader(hostOf).health(component),
        timeoutMs: limitMs,
      }),
      s3: parts.s3,
      loads: settings === null ? null : rowsOf(environment, access),
      captures: createCaptureReader(join(dir, 'captures'), null),
      runs: createRunReader(dir),
      clock,
    },
    close: async () => {
      ended.abort();
      await rabbit?.close();
    },
  };
}

/** Counts rows; files and queues have looks of their own. */
function rowsOf(environment: Environment, access: () => Promise<MysqlAccess>): ProbeReaders['loads'] {
  const { timezone, loadTypes, localOffices } = environment;
  return createFoundWrites({
    timezone,
    vhost: '',
    count: async (question) => await countRows(await access(), question),
    rabbit: { depths: () => Promise.resolve(null) },
    s3: null,
    loadTypes,
    localOffices,
  });
}

/** Lines at the end of a log that are compared from step to step. */
const watchedLines = 300;

/** The longest that a run waits for a log, ms. */
const watchLimitMs = 5_000;

/** Watches the logs of CDC and of the components; null where the configuration names none that can be read. */
export function openErrorWatch(
  environment: Environment,
  cdc: CdcLooks | null,
  signatures: readonly Signature[],
): ErrorWatch | null {
  const hostOf = hostReaders(environment.hosts);
  const looker = createComponentLooker({
    docker: (place) => createDockerReader(place, dockerOf(environment.docker, place.host), hostOf(place.host)),
    hostOf,
    health: (component) => createHealthReader(hostOf).health(component),
    timeoutMs: watchLimitMs,
  });
  const logs = [
    ...(cdc === null ? [] : [{ name: 'CDC', read: () => cdc.process.logs(watchedLines) }]),
    ...environment.components
      .filter(({ control }) => control.kind !== 'person')
      .map((component) => ({ name: component.name, read: () => looker.log(component, watchedLines) })),
  ];
  if (logs.length === 0) return null;
  return createErrorWatch(logs, signatures, async (read) => {
    const seen = await limited('a log', watchLimitMs, read);
    return seen.is === 'seen' ? seen.value : null;
  });
}

function cdcReaders(
  settings: Exclude<Environment['cdc'], string>,
  access: () => Promise<MysqlAccess>,
  hostOf: (host: string | null) => HostReader,
): CdcLooks {
  const process = createCdcReader(settings, hostOf);
  return {
    process,
    maxwell: createMaxwellReader(access, settings, () => Promise.resolve(null)),
    target: async () => effectiveTarget((await process.readConfig()).config),
  };
}

/** The host's commands, each ended at the limit. */
function inTime(host: HostReader, limitMs: number, signal: AbortSignal): HostReader {
  return {
    ...host,
    run: (command, options) =>
      host.run(command, { ...options, timeoutMs: Math.min(options.timeoutMs, limitMs), signal }),
  };
}
