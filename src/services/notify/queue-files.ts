import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { noticeEvents } from '../../core/notice.ts';
import { systemErrorCode } from '../state/system-error.ts';

/** One notice in the queue of a channel, with the words that it will be sent in. */
export const queuedSchema = z.strictObject({
  format: z.literal(1),
  at: z.string(),
  event: z.enum(noticeEvents),
  command: z.string(),
  text: z.string(),
});
export type QueuedNotice = z.infer<typeof queuedSchema>;

const stateSchema = z.strictObject({ why: z.string().nullable(), notBeforeMs: z.number().nullable() });

/** What the last try left behind. */
export type ChannelState = z.infer<typeof stateSchema>;

/** Names of the parts of a channel's folder. */
export const queueNames = { folder: 'notices', state: 'state.json', refused: 'refused' } as const;

/** Files of the notices that wait, in the order in which they are sent. */
export async function waitingFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(nothingThere);
  return names.filter((name) => /^\d{15}-\d{6}-[0-9a-f]+\.json$/.test(name)).sort();
}

/** How many were put aside. */
export async function refusedCount(folder: string): Promise<number> {
  return (await readdir(join(folder, queueNames.refused)).catch(nothingThere)).length;
}

/** One notice; null when the file is not one, or was sent in between. */
export async function readQueued(path: string): Promise<QueuedNotice | null> {
  try {
    return queuedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What the last try left; nothing when there was none, or it can't be read. */
export async function readState(folder: string): Promise<ChannelState> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(join(folder, queueNames.state), 'utf8')));
  } catch {
    return { why: null, notBeforeMs: null };
  }
}

function nothingThere(error: unknown): string[] {
  if (systemErrorCode(error) === 'ENOENT') return [];
  throw error;
}
