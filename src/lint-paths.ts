import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogue } from './catalogue.ts';
import { faultNames } from './lab/faults.ts';
import { loadFolder } from './runbook/folder.ts';
import { loadRunbook } from './runbook/load.ts';
import { readScenarios } from './runbook/scenarios.ts';
import { readSignatures } from './runbook/signatures.ts';

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
