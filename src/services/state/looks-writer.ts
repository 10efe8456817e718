import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Remembered } from '../../core/remembered.ts';
import { ensureFolder } from './folders.ts';
import { looksFileName } from './looks-file.ts';

/**
 * Keeps what a look saw (0600), whole or not at all. Where that can't be written nothing happens: a look must work with a
 * state folder that is full, read-only or somebody else's.
 */
export async function keepLooks(root: string, environment: string, remembered: Remembered): Promise<void> {
  try {
    const dir = await ensureFolder(root, environment);
    const partial = join(dir, `.${looksFileName}.${randomBytes(6).toString('hex')}`);
    try {
      await writeFile(partial, JSON.stringify(remembered), { mode: 0o600, flag: 'wx' });
      await rename(partial, join(dir, looksFileName));
    } finally {
      await rm(partial, { force: true });
    }
  } catch {
    // What could not be kept is only a time that the next look does not know.
  }
}
