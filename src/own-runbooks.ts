import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { actionCatalogue } from './actions/catalogue.ts';
import { factCatalogue } from './actions/facts/catalogue.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { loadConfig } from './config/load-config.ts';
import { Fault } from './core/fault.ts';
import type { Runbook } from './core/runbook.ts';
import { loadFolder } from './runbook/folder.ts';
import { loadRunbook } from './runbook/load.ts';

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
  const taken = loaded.find((runbook) => builtIn.some((own) => own.command === runbook.command));
  if (taken === undefined) return loaded;
  throw new Fault({
    code: 'runbook.duplicate',
    message: `The command ${JSON.stringify(taken.command)} is a built-in one; give the runbook another command.`,
    where: taken.file,
    exit: 'usage',
  });
}

/** Checks runbook files and folders (default: the built-in ones) and says which files were right. */
export async function lintPaths(paths: readonly string[]): Promise<{ readonly files: readonly string[] }> {
  const wanted = paths.length > 0 ? paths : [fileURLToPath(new URL('../runbooks', import.meta.url))];
  const files: string[] = [];
  for (const path of wanted) {
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
