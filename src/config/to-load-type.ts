import type { LoadArgument, LoadDriver, LoadRerun, LoadType, LoadWrite } from '../core/load-type.ts';
import type { Json } from '../core/json.ts';
import type { LoadTypeFile } from './schema-load-types.ts';
import { toArgv } from './to-cdc.ts';
import type { ResolvePath } from './to-environment.ts';
import { toMs } from './to-ms.ts';

/** A load type with its defaults filled in. */
export function toLoadType(name: string, file: LoadTypeFile, at: ResolvePath, timezone: string): LoadType {
  const usualMs = toMs(file.usually, 0);
  return {
    name,
    aliases: file.aliases ?? [],
    meaning: file.meaning,
    example: file.example ?? false,
    component: file.component,
    driver: toDriver(file.run, at),
    parameters: Object.entries(file.parameters ?? {}).map(([key, given]) => ({
      name: key,
      type: given.type,
      values: given.values ?? [],
      help: given.help,
      required: given.required ?? false,
      default: given.default === undefined ? null : String(given.default),
    })),
    defaultDate: file.defaultDate ?? 'today',
    schedule: file.schedule === undefined ? null : { cron: file.schedule.cron, zone: file.schedule.zone ?? timezone },
    usualMs,
    limitMs: toMs(file.limit, usualMs * 10),
    writes: file.writes.map(toWrite),
    evidenceMs: toMs(file.evidenceWithin, 60_000),
    feeds: file.feeds ?? [],
    closesAt: file.closesAt ?? null,
    missed: {
      means: file.missed.means,
      coveredBy: file.missed.coveredBy ?? null,
      instead: file.missed.instead ?? null,
    },
    rerun: toRerun(file.rerun),
    log: { succeeded: file.log?.succeeded ?? [], failed: file.log?.failed ?? [] },
    busy:
      file.busy === undefined
        ? null
        : 'containers' in file.busy
          ? { kind: 'containers', names: file.busy.containers }
          : { kind: 'command', command: toArgv(file.busy.command, at) },
  };
}

function toDriver(file: LoadTypeFile['run'], at: ResolvePath): LoadDriver {
  if ('publish' in file) {
    const { publish } = file;
    const body = publish.body as Json;
    return {
      kind: 'publish',
      vhost: publish.vhost ?? null,
      exchange: publish.exchange,
      routingKey: publish.routingKey,
      body,
      contentType: publish.contentType ?? (typeof body === 'string' ? 'text/plain' : 'application/json'),
      headers: publish.headers ?? {},
      perOffice: publish.perOffice ?? false,
    };
  }
  const host = file.host ?? null;
  if ('program' in file)
    return { kind: 'argv', program: toArgv([file.program], at)[0], args: toArguments(file.args), host };
  const docker = file.docker ?? null;
  if ('container' in file) return { kind: 'docker-start', container: file.container, host, docker };
  return {
    kind: 'docker-run',
    image: file.image,
    options: file.options ?? [],
    args: toArguments(file.args),
    host,
    docker,
  };
}

function toArguments(
  file: readonly (string | { readonly when: string; readonly words: readonly string[] })[] | undefined,
): readonly LoadArgument[] {
  return (file ?? []).map((one) => (typeof one === 'string' ? { when: null, words: [one] } : one));
}

function toWrite(file: LoadTypeFile['writes'][number]): LoadWrite {
  if ('s3' in file) {
    const { bucket, prefix, key, expect, contiguous, minBytes } = file.s3;
    return {
      kind: 's3',
      bucket,
      prefix,
      key,
      expect: expect ?? 'per-office',
      contiguous: contiguous ?? /\$\{seq(:\d+)?\}/.test(key),
      minBytes: minBytes ?? 1,
    };
  }
  if ('queue' in file)
    return { kind: 'queue', vhost: file.vhost ?? null, queue: file.queue, atLeast: file.atLeast ?? 1 };
  const [database = '', table = ''] = file.table.split('.');
  return {
    kind: 'table',
    table: {
      database,
      table,
      date: file.date,
      holds: file.holds ?? 'date',
      office: file.office ?? null,
      officeIs: file.officeIs ?? {},
      where: file.where ?? {},
    },
    atLeast: file.atLeast ?? 1,
    offices: file.offices ?? 'any',
  };
}

function toRerun(file: LoadTypeFile['rerun']): LoadRerun {
  if (file === 'safe') return { is: 'safe', twice: null, clear: null };
  return { is: 'twice', twice: file.twice, clear: file.clear ?? null };
}
