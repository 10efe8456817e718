import type { GlobalOptions } from './cli/invocation.ts';
import { findConfig } from './config/find-config.ts';
import { Fault, type Problem } from './core/fault.ts';
import type { Runbook } from './core/runbook.ts';

/**
 * Runbooks of `--runbooks` and of the configuration, checked; a command that is there already is a Fault. Where no
 * folder is named, nothing is loaded that checks runbooks or configuration.
 */
export async function loadOwnRunbooks(
  global: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
  builtIn: readonly Runbook[],
): Promise<readonly Runbook[]> {
  const folders = [...new Set([...global.runbooks, ...(await configuredFolders(global, env))])];
  if (folders.length === 0) return [];
  const { duplicates, loadFolder } = await import('./runbook/folder.ts');
  const { catalogue } = await import('./catalogue.ts');
  const loaded: Runbook[] = [];
  for (const folder of folders) loaded.push(...(await loadFolder(folder, catalogue)));
  const problems = [...duplicates([...builtIn, ...loaded]), ...loaded.flatMap(reservedNames)];
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
  return loaded;
}

/** Folders that the configuration names: only one that speaks of runbooks has to be understood for that. */
async function configuredFolders(
  global: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const source = { env, ...(global.config === null ? {} : { file: global.config }) };
  const { found } = await findConfig(source);
  if (found === null || !/runbooks["']?\s*:/.test(found.text)) return [];
  const { loadConfig } = await import('./config/load-config.ts');
  return (await loadConfig({ ...source, ...(global.stateDir === null ? {} : { stateDir: global.stateDir }) })).runbooks;
}

/** Flags that every command of a runbook has already. */
const reserved = [
  ...['config', 'env', 'state-dir', 'output', 'color', 'input', 'runbooks', 'help', 'version'],
  ...['dry-run', 'out', 'detailed-exitcode', 'yes', 'confirm', 'did', 'reason', 'fleet-lock'],
];

/** Faults for inputs whose flag is taken. */
export function reservedNames({ file, inputs }: Runbook): readonly Problem[] {
  return inputs
    .filter((input) => reserved.includes(input.name))
    .map((input) => ({
      code: 'runbook.reserved-input',
      message: `The input ${input.name} would be the flag --${input.name}, which every command has already.`,
      where: file,
      exit: 'usage',
      next: ['give the input another name'],
    }));
}
