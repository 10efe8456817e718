import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson } from '../../core/read-json.ts';
import type { Remembered } from '../../core/remembered.ts';
import { readBounded } from './read-bounded.ts';

/** Name of the file in an environment's state folder. */
export const looksFileName = 'looks.json';

/** Largest file that is read, in bytes. */
const largest = 4 * 1024 * 1024;

const ms = z.number().nonnegative();
const file = z.object({
  version: z.literal(1),
  things: z.record(z.string(), z.object({ is: z.string(), firstMs: ms, beforeMs: ms.nullable(), lastMs: ms })),
});

/** What earlier looks at the environment saw; null when nothing is remembered, or it can't be read: then nothing is known. */
export async function readLooks(dir: string): Promise<Remembered | null> {
  const handle = await open(join(dir, looksFileName), constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  if (handle === null) return null;
  try {
    return file.parse(readJson((await readBounded(handle, largest)).toString('utf8')));
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}
