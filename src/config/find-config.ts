import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { readText } from '../services/state/read-bounded.ts';
import { systemErrorCode, systemErrorText } from '../services/state/system-error.ts';

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

/** A configuration as it is on the disk, not checked. */
interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** Looks for the configuration, and reads it; see loadConfig for the order. Loads neither YAML nor what checks it. */
export async function findConfig({ env, file }: Pick<ConfigSource, 'env' | 'file'>): Promise<{
  readonly found: ConfigText | null;
  readonly lookedFor: readonly string[];
}> {
  const named = file ?? nonEmpty(env['ESR_OPS_CONFIG']);
  const lookedFor = named === undefined ? usualPlaces(env, env['HOME'] ?? homedir()) : [resolve(named)];
  return { found: await readFirst(lookedFor, named !== undefined), lookedFor };
}

function usualPlaces(env: ConfigSource['env'], home: string): readonly string[] {
  const xdg = env['XDG_CONFIG_HOME'];
  const usual = join(home, '.config', 'esr-ops', 'config.yaml');
  return xdg !== undefined && isAbsolute(xdg) ? [join(xdg, 'esr-ops', 'config.yaml'), usual] : [usual];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** The first of these files that is there; a Fault `config.unreadable` when one can't be read, or must be there. */
export async function readFirst(paths: readonly string[], mustExist: boolean): Promise<ConfigText | null> {
  for (const path of paths) {
    try {
      return { path, text: await readText(path, largest) };
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
