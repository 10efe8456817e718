import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { damaged, systemTrouble } from './capture-fault.ts';

/** Reads a regular file of this user's; a link, another owner or anything else is a Fault that names the file. */
export async function readOwnFile(path: string, owner: number | null): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw damaged(path, 'is not a regular file');
      if (owner !== null && stat.uid !== owner) throw damaged(path, `belongs to another user (uid ${stat.uid})`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined ? error : damaged(path, systemTrouble(error));
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
