import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import { noticeEvents } from '../../core/notice.ts';
import { readJson } from '../../core/read-json.ts';
import { readOwnFile } from '../captures/own-file.ts';
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
    return queuedSchema.parse(readJson(await ownText(path)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof Fault) return null;
    throw error;
  }
}

/** What the last try left; nothing when there was none, or it can't be read. */
export async function readState(folder: string): Promise<ChannelState> {
  try {
    return stateSchema.parse(readJson(await ownText(join(folder, queueNames.state))));
  } catch {
    return { why: null, notBeforeMs: null };
  }
}

/** A notice is short; a link, a pipe or another user's file is none. */
async function ownText(path: string): Promise<string> {
  return (await readOwnFile(path, process.getuid?.() ?? null, 1 << 20)).toString('utf8');
}

function nothingThere(error: unknown): string[] {
  if (systemErrorCode(error) === 'ENOENT') return [];
  throw error;
}
