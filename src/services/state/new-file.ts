import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { syncFolder } from './folders.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** A file that the operator named and that appears whole or not at all. */
export interface NewFile {
  readonly path: string;
  /** Where it is written until `keep`. */
  readonly partial: string;
  write(bytes: Uint8Array | string): Promise<void>;
  /** On disk under its name when it returns. Without `force` a file of that name that appeared meanwhile is a Fault. */
  keep(check?: (partial: string) => Promise<void>): Promise<void>;
  /** Nothing of it stays; does nothing after `keep`. */
  drop(): Promise<void>;
}

/**
 * Begins a file (0600) beside the place where it will be. Faults (exit usage): `file.exists` without `force`,
 * `file.not-written`.
 */
export async function newFile(given: string, force: boolean): Promise<NewFile> {
  const path = resolve(given);
  const partial = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  const standing = await lstat(path).catch(() => null);
  if (standing !== null && !force) throw exists(path);
  if (standing !== null && !standing.isFile())
    throw notWritten(path, new Error('something that is not a file has its name'));
  const handle = await open(
    partial,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  ).catch((error: unknown) => {
    throw notWritten(path, error);
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  const drop = async (): Promise<void> => {
    await close();
    await rm(partial, { force: true });
  };
  return {
    path,
    partial,
    drop,
    write: async (bytes) => {
      try {
        await handle.appendFile(bytes);
      } catch (error) {
        await drop();
        throw notWritten(path, error);
      }
    },
    keep: async (check) => {
      try {
        await handle.sync();
        await close();
        await check?.(partial);
        if (force) await rename(partial, path);
        else {
          await link(partial, path);
          await rm(partial);
        }
        await syncFolder(dirname(path));
      } catch (error) {
        await drop();
        if (error instanceof Fault) throw error;
        throw systemErrorCode(error) === 'EEXIST' ? exists(path) : notWritten(path, error);
      }
    },
  };
}

function exists(path: string): Fault {
  return new Fault({
    code: 'file.exists',
    message: `${path} is there already, and is not overwritten.`,
    where: path,
    exit: 'usage',
    next: ['give another name', 'add --force to replace it'],
  });
}

function notWritten(path: string, error: unknown): Fault {
  return new Fault({
    code: 'file.not-written',
    message: `${path} was not written: ${systemErrorText(error)}.`,
    where: path,
    exit: 'usage',
    next: ['give the name of another file, in a folder that is there'],
  });
}
