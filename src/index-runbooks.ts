import type { Json } from './core/json.ts';
import { catalogue } from './own-runbooks.ts';
import { loadFolder } from './runbook/folder.ts';
import { indexRunbooks } from './runbook/index-file.ts';

/** The checked index of a folder of runbooks: made at build time. A faulty runbook fails the build. */
export async function runbookIndex(folder: string): Promise<Json> {
  return indexRunbooks(await loadFolder(folder, catalogue));
}
