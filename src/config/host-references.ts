import type * as z from 'zod';
import { localHost, unknownHost } from '../core/reach-of.ts';
import type { EnvironmentFile } from './schema.ts';

/** A key whose value is the name of a host. */
interface HostReference {
  readonly path: readonly string[];
  readonly host: string | undefined;
}

/** Every place of an environment that names a host; a new section with hosts adds its own here. */
function hostReferences(environment: Partial<EnvironmentFile>): readonly HostReference[] {
  return [
    ...cdcReferences(environment),
    ...Object.keys(environment.docker ?? {}).map((host) => ({ path: ['docker', host], host })),
    ...Object.entries(environment.components ?? {}).map(([name, { host }]) => ({
      path: ['components', name, 'host'],
      host,
    })),
    ...Object.entries(environment.loadTypes ?? {}).map(([name, { run }]) => ({
      path: ['loadTypes', name, 'run', 'host'],
      host: 'publish' in run ? undefined : run.host,
    })),
  ];
}

function cdcReferences({ cdc }: Partial<EnvironmentFile>): readonly HostReference[] {
  if (cdc === undefined || typeof cdc === 'string') return [];
  const { config, control } = cdc;
  return [
    { path: ['cdc', 'config', 'host'], host: config.host },
    'container' in control
      ? { path: ['cdc', 'control', 'container', 'host'], host: control.container.host }
      : 'systemd' in control
        ? { path: ['cdc', 'control', 'systemd', 'host'], host: control.systemd.host }
        : { path: ['cdc', 'control', 'host'], host: control.host },
  ];
}

/** Adds a fault for each name that is none of the environment's hosts. */
export function checkHostReferences(environment: Partial<EnvironmentFile>, context: z.RefinementCtx): void {
  const names = Object.keys(environment.hosts ?? {});
  for (const { path, host } of hostReferences(environment)) {
    if (host === undefined || host === localHost || names.includes(host)) continue;
    context.addIssue({ code: 'custom', path: [...path], message: `names ${unknownHost(host, names)}` });
  }
}
