import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { stateRoot } from '../services/state/folders.ts';
import { findConfig, readFirst, type ConfigSource } from './find-config.ts';
import { parseConfig } from './parse-config.ts';
import type { ConfigFile } from './schema.ts';
import { pathsFrom, toEnvironment } from './to-environment.ts';

/** The configuration, read and checked, with the labs that are up merged in. */
export interface Config {
  /** The file; null when there is none (labs may still be there). */
  readonly file: string | null;
  /** Where a file is looked for, in this order; for messages. */
  readonly lookedFor: readonly string[];
  readonly stateRoot: string;
  readonly defaultEnvironment: string | null;
  readonly environments: ReadonlyMap<string, Environment>;
  /** Extra runbook folders for all environments. */
  readonly runbooks: readonly string[];
  /** Labs whose file can't be used, by environment name; thrown when one is asked for. */
  readonly brokenLabs: ReadonlyMap<string, Fault>;
}

/**
 * Reads the configuration: `--config`, else `$ESR_OPS_CONFIG`, else `$XDG_CONFIG_HOME/esr-ops/config.yaml`, else
 * `~/.config/esr-ops/config.yaml`. A file that was named must exist; no file at all is no fault here. Faults are
 * `config.unreadable` and those of {@link parseConfig}, exit usage.
 */
export async function loadConfig({ env, file, stateDir }: ConfigSource): Promise<Config> {
  const home = env['HOME'] ?? homedir();
  const { found, lookedFor } = await findConfig({ env, ...(file === undefined ? {} : { file }) });
  const content = found === null ? null : parseConfig(found.text, found.path);
  const at = pathsFrom(found === null ? process.cwd() : dirname(found.path), home);
  const runbooks = (content?.runbooks ?? []).map(at);
  const root = stateRoot(env, stateDir ?? (content?.state === undefined ? undefined : at(content.state)));
  const labs = await readLabs(join(root, 'labs'), home, runbooks);
  const own = Object.entries(content?.environments ?? {}).map(
    ([name, environment]) => [name, toEnvironment(name, environment, at, runbooks)] as const,
  );
  return {
    file: found?.path ?? null,
    lookedFor,
    stateRoot: root,
    defaultEnvironment: content?.defaultEnvironment ?? null,
    environments: new Map([...labs.environments, ...own]),
    runbooks,
    brokenLabs: labs.broken,
  };
}

/** Each lab keeps a configuration of its own: `labs/default` is environment `lab`, `labs/NAME` is `lab-NAME`. */
async function readLabs(
  folder: string,
  home: string,
  runbooks: readonly string[],
): Promise<{ environments: readonly (readonly [string, Environment])[]; broken: ReadonlyMap<string, Fault> }> {
  const names = await readdir(folder).catch(() => []);
  const environments: (readonly [string, Environment])[] = [];
  const broken = new Map<string, Fault>();
  for (const lab of names.sort()) {
    const name = lab === 'default' ? 'lab' : `lab-${lab}`;
    const path = join(folder, lab, 'config.yaml');
    try {
      const found = await readFirst([path], false);
      const environment = found === null ? undefined : soleEnvironment(parseConfig(found.text, path));
      if (environment !== undefined)
        environments.push([name, toEnvironment(name, environment, pathsFrom(dirname(path), home), runbooks)]);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      broken.set(name, error);
    }
  }
  return { environments, broken };
}

function soleEnvironment(content: ConfigFile): ConfigFile['environments'][string] | undefined {
  return content.environments['lab'] ?? Object.values(content.environments)[0];
}
