import { readFileSync } from 'node:fs';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { pathsFrom, toEnvironment } from '../../../src/config/to-environment.ts';
import type { Environment } from '../../../src/core/environment.ts';
import type { LoadType } from '../../../src/core/load-type.ts';

/** The environment of the shipped example: the schedule of the incident. */
export function shippedEnvironment(): Environment {
  const text = readFileSync(new URL('../../../runbooks/example-config.yaml', import.meta.url), 'utf8');
  return toEnvironment(
    'prod',
    parseConfig(text, 'config.yaml').environments['prod']!,
    pathsFrom('/etc/esr-ops', '/home/op'),
    [],
  );
}

/** A load type with nothing special about it. */
export function load(name: string, changes: Partial<LoadType> = {}): LoadType {
  return {
    name,
    aliases: [],
    meaning: `what ${name} means`,
    example: false,
    component: 'esr-etl',
    driver: { kind: 'argv', program: '/usr/bin/etl', args: [], host: null },
    parameters: [],
    defaultDate: 'today',
    schedule: null,
    usualMs: 10 * 60_000,
    limitMs: 3_600_000,
    writes: [],
    evidenceMs: 60_000,
    feeds: [],
    closesAt: null,
    missed: { means: 'something is late', coveredBy: null, instead: null },
    rerun: { is: 'safe', twice: null, clear: null },
    log: { succeeded: [], failed: [] },
    busy: null,
    ...changes,
  };
}

/** A schedule in Europe/London. */
export function london(cron: string): LoadType['schedule'] {
  return { cron, zone: 'Europe/London' };
}
