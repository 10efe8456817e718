import { constants, type Stats } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Fault, type Problem } from '../core/fault.ts';
import type { Runbook } from '../core/runbook.ts';
import type { Catalogue } from './catalogue.ts';
import { loadRunbook } from './load.ts';

/** Largest runbook, in bytes. */
const largest = 1024 * 1024;

/**
 * Loads every `*.md` of a folder (not of folders within it), sorted by name. The faults of all files are thrown
 * together; two runbooks with one command are a fault of the second. A symbolic link may not lead out of the folder.
 */
export async function loadFolder(folder: string, catalogue: Catalogue): Promise<readonly Runbook[]> {
  const names = await listFolder(folder);
  const root = await realpath(folder);
  const problems: Problem[] = [];
  const runbooks: Runbook[] = [];
  for (const name of names) {
    try {
      const file = join(folder, name);
      runbooks.push(loadRunbook(file, await readRunbook(file, root), catalogue));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(...error.problems);
    }
  }
  problems.push(...duplicates(runbooks));
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
  return runbooks;
}

/** A fault for each runbook whose command an earlier one of the list has. */
export function duplicates(runbooks: readonly Runbook[]): readonly Problem[] {
  const files = new Map<string, string>();
  return runbooks.flatMap(({ command, file }) => {
    const other = files.get(command);
    files.set(command, other ?? file);
    if (other === undefined) return [];
    const message = `The command \`${command}\` is declared by two runbooks: ${other} and ${file}.`;
    return [{ code: 'runbook.duplicate-command', message, where: file, exit: 'usage' } satisfies Problem];
  });
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder);
    return entries.filter((name) => name.endsWith('.md') && !name.startsWith('.')).sort();
  } catch (error) {
    throw unreadable(folder, 'The runbook folder', error);
  }
}

async function readRunbook(file: string, root: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const real = await realpath(file);
    if (!real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
      throw refused(file, 'is a symbolic link that leads out of its folder');
    // Not waiting for a writer: a FIFO would hold everything up.
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const why = whyNot(await handle.stat());
      if (why !== null) throw refused(file, why);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(file, 'The runbook', error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused(file, 'is not UTF-8 text');
  }
}

function whyNot(stats: Stats): string | null {
  if (!stats.isFile()) return 'is not a file';
  return stats.size > largest ? `is larger than ${largest / 1024 / 1024} MiB` : null;
}

function refused(file: string, why: string): Fault {
  return new Fault({ code: 'runbook.refused', message: `The runbook ${file} ${why}.`, where: file, exit: 'usage' });
}

function unreadable(path: string, what: string, error: unknown): Fault {
  const why = error instanceof Error ? error.message : String(error);
  return new Fault({
    code: 'runbook.unreadable',
    message: `${what} ${path} can't be read: ${why}.`,
    where: path,
    next: [`ls -ld ${path}`],
    exit: 'usage',
  });
}
