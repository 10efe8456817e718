import { isAbsolute } from 'node:path';
import type { CdcConfigFile, CdcControlSettings, HostCommand } from '../core/cdc-config.ts';
import type { Environment, SecretRef } from '../core/environment.ts';
import { localHost } from '../core/reach-of.ts';
import { knownConsumers } from '../core/replay-consumers.ts';
import type { EnvironmentFile, SecretRefFile } from './schema.ts';
import type { ResolvePath } from './to-environment.ts';
import { toMs } from './to-ms.ts';

type CdcFile = Exclude<NonNullable<EnvironmentFile['cdc']>, string>;

/** Change data capture of an environment, with defaults filled in. */
export function toCdc(
  file: NonNullable<EnvironmentFile['cdc']>,
  at: ResolvePath,
  toSecretRef: (file: SecretRefFile, at: ResolvePath) => SecretRef,
): Environment['cdc'] {
  if (typeof file === 'string') return file;
  const { exchange, mysql } = file;
  return {
    clientId: file.clientId ?? 'maxwell',
    schemaDatabase: file.schemaDatabase ?? 'maxwell',
    exchange: { name: exchange.name, type: exchange.type ?? 'fanout', durable: exchange.durable ?? false },
    config: toConfig(file.config, at),
    control: toControl(file.control, at),
    brokerUsers: Object.fromEntries(
      Object.entries(file.brokerUsers ?? {}).map(([user, { password }]) => [user, toSecretRef(password, at)]),
    ),
    mysql: { user: mysql.user, password: toSecretRef(mysql.password, at) },
    marginMs: toMs(file.margin, 600_000),
    consumers:
      file.consumers?.map(({ name, queue, onDuplicate, note }) => ({
        name: name ?? queue ?? '',
        queue: queue ?? null,
        onDuplicate,
        note: note ?? '',
      })) ?? knownConsumers,
  };
}

function toConfig(file: CdcFile['config'], at: ResolvePath): CdcConfigFile {
  const host = toHost(file.host);
  const place = { file: host === null ? at(file.file) : file.file, host };
  return file.kind === 'compose' ? { kind: file.kind, service: file.service, ...place } : { kind: file.kind, ...place };
}

function toControl(file: CdcFile['control'], at: ResolvePath): CdcControlSettings {
  if ('container' in file) {
    const { name, host, docker } = file.container;
    return { container: name, host: toHost(host), endpoint: docker ?? null };
  }
  if ('systemd' in file) return { systemd: file.systemd.unit, host: toHost(file.systemd.host) };
  const host = toHost(file.host);
  const command = (given: { command: [string, ...string[]] }): HostCommand => ({
    command: host === null ? toArgv(given.command, at) : given.command,
    host,
  });
  return {
    start: command(file.start),
    stop: command(file.stop),
    status: command(file.status),
    logs: command(file.logs),
  };
}

/** Null for this machine. */
export function toHost(host: string | undefined): string | null {
  return host === undefined || host === localHost ? null : host;
}

/** A program given as a path is meant from the file's folder; one given as a name is looked up in PATH. */
export function toArgv([program, ...args]: [string, ...string[]], at: ResolvePath): readonly [string, ...string[]] {
  return [program.includes('/') && !isAbsolute(program) ? at(program) : program, ...args];
}
