import { readFile } from 'node:fs/promises';
import type { Json } from './core/json.ts';
import { Fault } from './core/fault.ts';
import { faultNames } from './lab/faults.ts';
import { catalogue } from './catalogue.ts';
import { reservedNames } from './own-runbooks.ts';
import { loadFolder } from './runbook/folder.ts';
import { indexRunbooks } from './runbook/index-file.ts';
import { readScenarios } from './runbook/scenarios.ts';
import { readSignatures } from './runbook/signatures.ts';

/** The checked index of a folder of runbooks: made at build time. A faulty runbook fails the build. */
export async function runbookIndex(folder: string): Promise<Json> {
  const runbooks = await loadFolder(folder, catalogue);
  const [first, ...others] = runbooks.flatMap(reservedNames);
  if (first !== undefined) throw new Fault(first, ...others);
  return indexRunbooks(runbooks);
}

/** The checked signatures of a file: made at build time, too. */
export async function signatureIndex(path: string): Promise<Json> {
  return JSON.parse(JSON.stringify(readSignatures(path, await readFile(path, 'utf8')))) as Json;
}

/** The checked scenarios of a file, too. */
export async function scenarioIndex(path: string): Promise<Json> {
  return JSON.parse(JSON.stringify(readScenarios(path, await readFile(path, 'utf8'), faultNames))) as Json;
}
