import { resolve } from 'node:path';
import type { Environment, MysqlSettings, RabbitmqSettings, SecretRef, TlsSettings } from '../core/environment.ts';
import { knownLocalOffices } from '../core/load-type.ts';
import type { EnvironmentFile, SecretRefFile } from './schema.ts';
import { toArgv, toCdc } from './to-cdc.ts';
import { toComponent } from './to-component.ts';
import { toDocker } from './to-docker.ts';
import { toHosts } from './to-hosts.ts';
import { toLoadType } from './to-load-type.ts';
import { toMs } from './to-ms.ts';
import { toNotify } from './to-notify.ts';
import { toS3 } from './to-s3.ts';
import { toReconcile } from './to-reconcile.ts';

/** A path as it is meant: `~/` is the home folder, anything relative starts at the configuration file's folder. */
export type ResolvePath = (path: string) => string;

/** Makes the rule for the paths of one file. */
export function pathsFrom(folder: string, home: string): ResolvePath {
  return (path) => (path === '~' || path.startsWith('~/') ? resolve(home, path.slice(2)) : resolve(folder, path));
}

/** An environment with its defaults filled in and its paths absolute. */
export function toEnvironment(
  name: string,
  file: EnvironmentFile,
  at: ResolvePath,
  sharedRunbooks: readonly string[],
): Environment {
  return {
    name,
    description: file.description ?? '',
    protected: file.protected ?? false,
    timezone: file.timezone ?? 'Europe/London',
    rabbitmq: file.rabbitmq === undefined ? null : toRabbitmq(file.rabbitmq, at),
    mysql: file.mysql === undefined ? null : toMysql(file.mysql, at),
    hosts: toHosts(file.hosts ?? {}, at),
    docker: toDocker(file.docker ?? {}, at),
    capture: {
      secrets: file.capture?.secrets ?? 'omit',
      key: file.capture?.key === undefined ? null : toSecretRef(file.capture.key, at),
    },
    cdcMessages: {
      exchange: file.cdcMessages?.exchange ?? 'maxwell',
      timestamp: file.cdcMessages?.timestamp ?? 'ts',
    },
    cdc: toCdc(file.cdc ?? 'manual', at, toSecretRef),
    localOffices: file.localOffices ?? knownLocalOffices,
    components: Object.entries(file.components ?? {}).map(([key, one]) => toComponent(key, one, at)),
    loadTypes: Object.entries(file.loadTypes ?? {}).map(([key, one]) =>
      toLoadType(key, one, at, file.timezone ?? 'Europe/London'),
    ),
    s3: file.s3 === undefined ? null : toS3(file.s3, toTls(file.s3.tls ?? {}, at), (ref) => toSecretRef(ref, at)),
    notify: toNotify(
      file.notify,
      (tls) => toTls(tls, at),
      (ref) => toSecretRef(ref, at),
    ),
    reconcile:
      file.reconcile === undefined ? null : toReconcile(file.reconcile, file.localOffices ?? knownLocalOffices),
    runbooks: [...sharedRunbooks, ...(file.runbooks ?? []).map(at)],
  };
}

function toRabbitmq(file: NonNullable<EnvironmentFile['rabbitmq']>, at: ResolvePath): RabbitmqSettings {
  return {
    management: file.management.replace(/\/+$/, ''),
    amqp: file.amqp.replace(/\/+$/, ''),
    user: file.user,
    password: toSecretRef(file.password, at),
    vhost: file.vhost,
    tls: toTls(file.tls ?? {}, at),
    expected: {
      queuePrefixes: file.expected?.queuePrefixes ?? [],
      users: file.expected?.users ?? [],
      consumers: file.expected?.consumers ?? null,
      exchanges: file.expected?.exchanges ?? [],
      neighbours: file.expected?.neighbours ?? [],
    },
    reboot: file.reboot === undefined ? null : { name: file.reboot.name, command: toArgv(file.reboot.command, at) },
    timeoutMs: toMs(file.timeoutMs, 10_000),
    slowTimeoutMs: toMs(file.slowTimeoutMs, 300_000),
  };
}

function toMysql(file: NonNullable<EnvironmentFile['mysql']>, at: ResolvePath): MysqlSettings {
  return {
    host: file.host,
    port: file.port ?? 3306,
    user: file.user,
    password: toSecretRef(file.password, at),
    tls: file.tls === undefined ? null : toTls(file.tls, at),
    timeoutMs: toMs(file.timeoutMs, 10_000),
  };
}

function toTls(file: { ca?: string | undefined; serverName?: string | undefined }, at: ResolvePath): TlsSettings {
  return {
    ...(file.ca === undefined ? {} : { ca: at(file.ca) }),
    ...(file.serverName === undefined ? {} : { serverName: file.serverName }),
  };
}

function toSecretRef(file: SecretRefFile, at: ResolvePath): SecretRef {
  if ('file' in file) return { file: at(file.file) };
  return 'command' in file ? { command: toArgv(file.command, at) } : { env: file.env };
}
