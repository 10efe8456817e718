import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noticeText } from '../../core/notice-text.ts';
import type { NoticeChannel, NoticeOutbox } from '../../core/notice.ts';
import { ensureFolder, syncFolder } from '../state/folders.ts';
import {
  queueNames,
  readQueued,
  readState,
  waitingFiles,
  type ChannelState,
  type QueuedNotice,
} from './queue-files.ts';
import { createNoticeReader } from './reader.ts';
import { sendToWebhook, type Sent } from './webhook-writer.ts';

/** What the outbox works with. */
export interface OutboxOptions {
  /** Root of the state folder, and the environment's name: notices are in its folder. */
  readonly root: string;
  readonly environment: string;
  readonly timezone: string;
  readonly channels: readonly NoticeChannel[];
  /** The webhook's URL; a rejection says in words why there is none. */
  readonly url: (channel: NoticeChannel) => Promise<string>;
  readonly redact: (text: string) => string;
  /** Null while another process of this host is sending: two would send twice, and out of order. */
  readonly lock: () => Promise<{ release(): Promise<void> } | null>;
}

/** Milliseconds before the first repetition; each further one waits twice as long, up to a minute. */
const firstWait = 1_000;
const longestWait = 60_000;

/** Opens nothing yet. One loop a channel, so that one that hangs holds up no other. */
export function createNoticeOutbox(options: OutboxOptions): NoticeOutbox {
  const { root, environment, channels } = options;
  const over = new AbortController();
  const folderOf = (channel: string): Promise<string> => ensureFolder(root, environment, queueNames.folder, channel);
  let counter = 0;
  let sending: Promise<void> | null = null;
  const loops = channels.map((channel) => createLoop(channel, options, folderOf, over.signal));

  const send = async (): Promise<void> => {
    let held = await options.lock();
    while (held === null && !over.signal.aborted) {
      await pause(250, over.signal);
      held = await options.lock();
    }
    try {
      await Promise.all(loops.map((loop) => loop.run()));
    } finally {
      await held?.release();
    }
  };
  const start = (): void => {
    // Whatever goes wrong here must not reach the run beside it: what was not sent stays on disk and is listed.
    sending ??= send().catch(() => undefined);
  };
  return {
    start,
    put: async (notice) => {
      counter += 1;
      const name = `${String(Date.parse(notice.at)).padStart(15, '0')}-${String(counter).padStart(6, '0')}-${randomBytes(4).toString('hex')}.json`;
      for (const channel of channels.filter(({ events }) => notice.event === 'test' || events.includes(notice.event))) {
        const text = options.redact(noticeText(notice, channel, options.timezone));
        const queued: QueuedNotice = { format: 1, at: notice.at, event: notice.event, command: notice.command, text };
        await writeDurably(await folderOf(channel.name), name, queued);
      }
      for (const loop of loops) loop.wake();
    },
    flush: async (atMostMs) => {
      start();
      const limit = setTimeout(() => over.abort(), atMostMs);
      for (const loop of loops) loop.hurry(Date.now() + atMostMs);
      await Promise.race([sending, pause(null, over.signal)]);
      clearTimeout(limit);
      over.abort();
      await sending;
      return await createNoticeReader(join(root, environment), channels).queues();
    },
  };
}

interface Loop {
  run(): Promise<void>;
  /** There is something new. */
  wake(): void;
  /** Tries once more at once unless the server itself named a time, and ends when nothing more can be sent until then. */
  hurry(untilMs: number): void;
}

function createLoop(
  channel: NoticeChannel,
  { url, redact }: OutboxOptions,
  folderOf: (channel: string) => Promise<string>,
  over: AbortSignal,
): Loop {
  let until: number | null = null;
  let notBefore: { readonly ms: number; readonly said: boolean } | null = null;
  let rest = new AbortController();
  const isOver = (): boolean => over.aborted;

  const attempt = async (folder: string, file: string): Promise<Sent> => {
    const queued = await readQueued(join(folder, file));
    if (queued === null) return { is: 'refused', why: 'its file can not be read' };
    const target = await url(channel).then(
      (value) => ({ value }),
      (error: unknown) => ({ why: redact(error instanceof Error ? error.message : String(error)) }),
    );
    if ('why' in target) return { is: 'stopped', why: target.why };
    return await sendToWebhook(channel, target.value, queued.text, over, Date.now());
  };
  /** False: nothing more before somebody has put the channel right. */
  const settle = async (folder: string, file: string, sent: Sent, tries: number): Promise<boolean> => {
    switch (sent.is) {
      case 'taken':
        await rm(join(folder, file), { force: true });
        await syncFolder(folder);
        await keepState(folder, { why: null, notBeforeMs: null });
        return true;
      case 'refused':
        await ensureFolder(folder, queueNames.refused);
        await rename(join(folder, file), join(folder, queueNames.refused, file));
        await keepState(folder, { why: sent.why, notBeforeMs: null });
        return true;
      case 'later': {
        const said = sent.afterMs !== null;
        const ms = Date.now() + (sent.afterMs ?? Math.min(longestWait, firstWait * 2 ** Math.min(tries, 10)));
        notBefore = { ms, said };
        await keepState(folder, { why: sent.why, notBeforeMs: said ? ms : null });
        return true;
      }
      case 'stopped':
        await keepState(folder, { why: sent.why, notBeforeMs: null });
        return false;
      default:
        return sent satisfies never;
    }
  };
  return {
    wake: () => {
      if (notBefore === null) rest.abort();
    },
    hurry: (untilMs) => {
      until = untilMs;
      if (notBefore?.said === false) notBefore = null;
      rest.abort();
    },
    run: async () => {
      const folder = await folderOf(channel.name);
      const kept = (await readState(folder)).notBeforeMs;
      if (kept !== null) notBefore = { ms: kept, said: true };
      let tries = 0;
      for (;;) {
        if (isOver()) return;
        rest = new AbortController();
        const [file] = await waitingFiles(folder);
        const wait = file === undefined ? null : notBefore === null ? 0 : notBefore.ms - Date.now();
        if (until !== null && (wait === null || Date.now() + wait > until)) return;
        if (wait === null || wait > 0) {
          await pause(wait, AbortSignal.any([over, rest.signal]));
          continue;
        }
        notBefore = null;
        const sent = await attempt(folder, file ?? '');
        if (isOver() && sent.is !== 'taken') {
          // Whoever reads that it waits is told why, also when no try came to its end.
          if ((await readState(folder)).why === null)
            await keepState(folder, { why: 'the program ended before the server answered', notBeforeMs: null });
          return;
        }
        tries = sent.is === 'later' ? tries + 1 : 0;
        if (!(await settle(folder, file ?? '', sent, tries - 1))) return;
      }
    },
  };
}

async function keepState(folder: string, state: ChannelState): Promise<void> {
  await writeDurably(folder, queueNames.state, state);
}

async function writeDurably(folder: string, name: string, value: object): Promise<void> {
  const path = join(folder, `.${name}.${randomBytes(4).toString('hex')}`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path, join(folder, name));
  await syncFolder(folder);
}

/** So many milliseconds, or for ever, until the signal. It does not keep the process alive. */
async function pause(ms: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted || (ms !== null && ms <= 0)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = ms === null ? undefined : setTimeout(done, ms).unref();
    signal.addEventListener('abort', done, { once: true });
  });
}
