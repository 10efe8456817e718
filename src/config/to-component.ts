import type { Component, ComponentControl, ComponentHealth, ComponentRecreate } from '../core/component.ts';
import type { Argv } from '../core/host-machine.ts';
import type { ComponentFile } from './schema-components.ts';
import { toArgv, toHost } from './to-cdc.ts';
import type { ResolvePath } from './to-environment.ts';
import { toMs } from './to-ms.ts';

type ArgvFile = [string, ...string[]];

/** A component with its defaults filled in. Paths of this machine are made absolute, those of others are theirs. */
export function toComponent(name: string, file: ComponentFile, at: ResolvePath): Component {
  const host = toHost(file.host);
  const path: ResolvePath = host === null ? at : (given) => given;
  const argv = (given: ArgvFile): Argv => toArgv(given, path);
  return {
    name,
    aliases: file.aliases ?? [],
    is: file.is,
    isNot: file.isNot ?? [],
    owner: file.owner,
    host,
    control: toControl(file.control, argv),
    recreate: file.recreate === undefined ? null : toRecreate(file.recreate, argv, path),
    health: file.health === undefined ? null : toHealth(file.health, argv),
    log: { started: file.log?.started ?? [], failed: file.log?.failed ?? [] },
    stopGraceMs: toMs(file.stopGrace, 30_000),
    startLimitMs: toMs(file.startLimit, 180_000),
    dependsOn: file.dependsOn ?? [],
    queues: file.queues ?? [],
  };
}

function toControl(file: ComponentFile['control'], argv: (given: ArgvFile) => Argv): ComponentControl {
  if (file === 'person') return { kind: 'person' };
  if ('container' in file) return { kind: 'container', container: file.container, docker: file.docker ?? null };
  if ('systemd' in file) return { kind: 'systemd', unit: file.systemd };
  return {
    kind: 'commands',
    start: argv(file.start),
    stop: argv(file.stop),
    status: argv(file.status),
    logs: argv(file.logs),
  };
}

function toRecreate(
  file: NonNullable<ComponentFile['recreate']>,
  argv: (given: ArgvFile) => Argv,
  at: ResolvePath,
): ComponentRecreate {
  if ('command' in file) return { kind: 'command', command: argv(file.command) };
  return { kind: 'compose', file: at(file.compose), service: file.service, project: file.project ?? null };
}

function toHealth(file: NonNullable<ComponentFile['health']>, argv: (given: ArgvFile) => Argv): ComponentHealth {
  const timeoutMs = toMs(file.timeoutMs, 5_000);
  if ('command' in file) return { kind: 'command', command: argv(file.command), timeoutMs };
  return { kind: 'http', url: file.url, status: file.status ?? 200, body: file.body ?? null, timeoutMs };
}
