import { open, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { stateRoot } from '../services/state/folders.ts';
import { systemErrorCode, systemErrorText } from '../services/state/system-error.ts';
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

/** What decides where the configuration is. */
export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`. */
  readonly file?: string;
  /** `--state-dir`; wins over the file's `state:`. */
  readonly stateDir?: string;
}

/** Largest configuration that is read, in bytes. */
const largest = 1024 * 1024;

/**
 * Reads the configuration: `--config`, else `$ESR_OPS_CONFIG`, else `$XDG_CONFIG_HOME/esr-ops/config.yaml`, else
 * `~/.config/esr-ops/config.yaml`. A file that was named must exist; no file at all is no fault here. Faults are
 * `config.unreadable` and those of {@link parseConfig}, exit usage.
 */
export async function loadConfig({ env, file, stateDir }: ConfigSource): Promise<Config> {
  const home = env['HOME'] ?? homedir();
  const named = file ?? nonEmpty(env['ESR_OPS_CONFIG']);
  const lookedFor = named === undefined ? usualPlaces(env, home) : [resolve(named)];
  const found = await firstOf(lookedFor, named !== undefined);
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

function usualPlaces(env: ConfigSource['env'], home: string): readonly string[] {
  const xdg = env['XDG_CONFIG_HOME'];
  const usual = join(home, '.config', 'esr-ops', 'config.yaml');
  return xdg !== undefined && isAbsolute(xdg) ? [join(xdg, 'esr-ops', 'config.yaml'), usual] : [usual];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

async function firstOf(
  paths: readonly string[],
  mustExist: boolean,
): Promise<{ readonly path: string; readonly text: string } | null> {
  for (const path of paths) {
    try {
      return { path, text: await readBounded(path) };
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT' && !mustExist) continue;
      throw new Fault({
        code: 'config.unreadable',
        message: `The configuration ${path} can't be read: ${systemErrorText(error)}.`,
        where: path,
        exit: 'usage',
      });
    }
  }
  return null;
}

async function readBounded(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    if ((await handle.stat()).size > largest) throw new Error(`it has more than ${largest} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
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
      const found = await firstOf([path], false);
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
