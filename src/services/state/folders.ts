import type { Stats } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/**
 * Where esr-ops keeps its state: `override` (`--state-dir` or `state:` of the configuration), else
 * `$XDG_STATE_HOME/esr-ops`, else `~/.local/state/esr-ops`. An absolute path; nothing is created.
 */
export function stateRoot(env: Readonly<Record<string, string | undefined>>, override?: string): string {
  if (override !== undefined && override !== '') return resolve(override);
  const xdg = env['XDG_STATE_HOME'];
  // The XDG rules say that a relative path is to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'esr-ops');
  return join(env['HOME'] ?? homedir(), '.local', 'state', 'esr-ops');
}

/**
 * Makes sure that `root` and each folder below it exist, belong to us and are closed to everybody else (0700).
 * Returns the path of the last one. Symbolic links, other owners and open permissions are refused with a Fault
 * `state.unsafe-folder`; a folder that can't be made is a Fault `state.not-writable` (exit usage both).
 */
export async function ensureFolder(root: string, ...below: readonly string[]): Promise<string> {
  let path = resolve(root);
  await ensureOne(path);
  for (const name of below) {
    path = join(path, checkedName(name));
    await ensureOne(path);
  }
  return path;
}

/**
 * A run's, a plan's or an environment's name as a file name. Anything that could lead elsewhere (`..`, a slash) is a
 * Fault `state.bad-name` (exit usage).
 */
export function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/.test(name)) return name;
  throw new Fault({
    code: 'state.bad-name',
    message: `${JSON.stringify(name)} can't be the name of a run, a plan or an environment: letters, digits, dot, dash and underscore only.`,
    exit: 'usage',
  });
}

/** Puts a folder's own entries on disk: a file that was just created survives a power cut only after this. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Node's own recursive mkdir never ends where the system says ENOENT although the parent exists (as in /proc). */
async function makeFolder(path: string, andParents = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || !andParents || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await makeFolder(path, false);
  }
}

async function ensureOne(path: string): Promise<void> {
  let refusal: Fault | null;
  try {
    await makeFolder(path);
    refusal = refusalOf(path, await lstat(path));
  } catch (error) {
    throw new Fault({
      code: 'state.not-writable',
      message: `The state folder ${path} can't be made: ${systemErrorText(error)}.`,
      where: path,
      exit: 'usage',
      next: ['choose another folder with --state-dir DIR'],
    });
  }
  if (refusal !== null) throw refusal;
}

/** Looks at a state folder without making it: whether it is there; a Fault `state.unsafe-folder` as ensureFolder throws. */
export async function inspectFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw unsafe(path, `can't be looked at: ${systemErrorText(error)}`);
  });
  const refusal = found === null ? null : refusalOf(path, found);
  if (refusal !== null) throw refusal;
  return found !== null;
}

function refusalOf(path: string, found: Stats): Fault | null {
  const us = process.getuid?.();
  if (found.isSymbolicLink()) return unsafe(path, 'is a symbolic link');
  if (!found.isDirectory()) return unsafe(path, 'is not a folder');
  if (us !== undefined && found.uid !== us)
    return unsafe(path, `belongs to user ${found.uid}, and you are user ${us}`, 'run esr-ops as the user that owns it');
  if ((found.mode & 0o077) !== 0)
    return unsafe(path, `is open to other users (mode ${(found.mode & 0o777).toString(8)})`, `chmod 700 ${path}`);
  return null;
}

function unsafe(path: string, why: string, ...next: readonly string[]): Fault {
  return new Fault({
    code: 'state.unsafe-folder',
    message: `The state folder ${path} ${why}. Captures and journals are kept in it, so it must be a folder of yours alone.`,
    where: path,
    exit: 'usage',
    next: [...next, 'choose another folder with --state-dir DIR'],
  });
}
