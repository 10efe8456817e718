import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { actionCatalogue } from './actions/catalogue.ts';
import { factCatalogue } from './actions/facts/catalogue.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { loadConfig } from './config/load-config.ts';
import { Fault, type Problem } from './core/fault.ts';
import type { Runbook } from './core/runbook.ts';
import { duplicates, loadFolder } from './runbook/folder.ts';
import { faultNames } from './lab/faults.ts';
import { loadRunbook } from './runbook/load.ts';
import { readScenarios } from './runbook/scenarios.ts';
import { readSignatures } from './runbook/signatures.ts';

/** What runbooks are checked against. */
export const catalogue = { actions: actionCatalogue, facts: factCatalogue };

/** Runbooks of `--runbooks` and of the configuration, checked; a command that is there already is a Fault. */
export async function loadOwnRunbooks(
  global: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
  builtIn: readonly Runbook[],
): Promise<readonly Runbook[]> {
  const config = await loadConfig({
    env,
    ...(global.config === null ? {} : { file: global.config }),
    ...(global.stateDir === null ? {} : { stateDir: global.stateDir }),
  });
  const folders = [...new Set([...global.runbooks, ...config.runbooks])];
  const loaded: Runbook[] = [];
  for (const folder of folders) loaded.push(...(await loadFolder(folder, catalogue)));
  const problems = [...duplicates([...builtIn, ...loaded]), ...loaded.flatMap(reservedNames)];
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
  return loaded;
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

/** Checks runbook files and folders and YAML files of signatures or scenarios (default: the built-in ones) and says which files were right. */
export async function lintPaths(
  paths: readonly string[],
  builtInFolder: string,
): Promise<{ readonly files: readonly string[] }> {
  const wanted =
    paths.length > 0 ? paths : ['', 'signatures.yaml', 'scenarios.yaml'].map((name) => join(builtInFolder, name));
  const files: string[] = [];
  for (const path of wanted) {
    if (/\.ya?ml$/.test(path)) {
      const text = await readFile(path, 'utf8');
      if (/^scenarios:/m.test(text)) readScenarios(path, text, faultNames);
      else readSignatures(path, text);
      files.push(path);
      continue;
    }
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    const loaded = isFile
      ? [loadRunbook(path, await readFile(path, 'utf8'), catalogue)]
      : await loadFolder(path, catalogue);
    files.push(...loaded.map((runbook) => runbook.file));
  }
  return { files };
}
