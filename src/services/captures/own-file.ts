import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { Fault } from '../../core/fault.ts';
import { readBounded } from '../state/read-bounded.ts';
import { damaged, systemTrouble } from './capture-fault.ts';

/** Largest file that is read whole, in bytes: the definitions of a broker may be large, and memory must not be. */
const largest = 256 * 2 ** 20;

/**
 * Reads a regular file of this user's, at most `most` bytes; a link, another owner, more bytes or anything else is a
 * Fault that names the file.
 */
export async function readOwnFile(path: string, owner: number | null, most = largest): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw damaged(path, 'is not a regular file');
      if (owner !== null && stat.uid !== owner) throw damaged(path, `belongs to another user (uid ${stat.uid})`);
      return await readBounded(file, most);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw damaged(path, code === undefined ? `can't be read: ${message}` : systemTrouble(error));
  }
}

/** Checks that a path is a folder of this user's and no link. */
export async function checkOwnFolder(path: string, owner: number | null): Promise<void> {
  const stat = await lstat(path).catch((error: unknown) => {
    throw damaged(path, systemTrouble(error));
  });
  if (!stat.isDirectory()) throw damaged(path, stat.isSymbolicLink() ? 'is a symbolic link' : 'is not a folder');
  if (owner !== null && stat.uid !== owner) throw damaged(path, `belongs to another user (uid ${stat.uid})`);
}
