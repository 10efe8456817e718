import { readFile } from 'node:fs/promises';
import type { Agent } from 'undici';
import type { NoticeChannel } from '../../core/notice.ts';
import { connectionTrouble } from '../rabbitmq/connection-fault.ts';
import { systemErrorText } from '../state/system-error.ts';

/** What became of one try. `why` holds no URL: the whole of it is a secret. */
export type Sent =
  | { readonly is: 'taken' }
  /** Try again; `afterMs` when the server named a time. */
  | { readonly is: 'later'; readonly why: string; readonly afterMs: number | null }
  /** This one will never be taken; the next one may be. */
  | { readonly is: 'refused'; readonly why: string }
  /** None will be taken until somebody has put the channel right. */
  | { readonly is: 'stopped'; readonly why: string };

/** Longest time that a server may ask to wait, in milliseconds. */
const longestWait = 3_600_000;

/** Sends one text to a webhook as Slack has them. Never throws; redirects are not followed. */
export async function sendToWebhook(
  channel: Pick<NoticeChannel, 'name' | 'tls' | 'timeoutMs'>,
  url: string,
  text: string,
  signal: AbortSignal,
  now: number,
): Promise<Sent> {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null || !['http:', 'https:'].includes(target.protocol))
    return { is: 'stopped', why: 'what its secret holds is not an http or https URL' };
  let agent: Agent | undefined;
  try {
    const { ca, serverName } = channel.tls;
    const client = (await import('undici')).default;
    agent = new client.Agent({
      connect: {
        timeout: channel.timeoutMs,
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca: await authorities(ca) }),
        ...(serverName === undefined ? {} : { servername: serverName }),
      },
    });
    const { statusCode, headers, body } = await client.request(target, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ text }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(channel.timeoutMs)]),
    });
    // The status is the answer: what follows may be slow, endless or broken.
    body.on('error', () => undefined).destroy();
    return judged(statusCode, headers['retry-after'], now);
  } catch (error) {
    if (error instanceof Unreadable) return { is: 'stopped', why: error.message };
    const trouble = connectionTrouble(error, `notify.channels.${channel.name}`);
    // The network may come back by itself; a certificate is put right by somebody who must know how.
    const how = trouble?.code === 'rabbitmq.tls' ? `; ${trouble.next.join(', ')}` : '';
    return { is: 'later', why: `${trouble?.why ?? `it failed (${codeOf(error)})`}${how}`, afterMs: null };
  } finally {
    await agent?.destroy();
  }
}

/** Why the file with the trusted authorities can't be used. */
class Unreadable extends Error {}

async function authorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Unreadable(`the authorities in ${file} can't be read: ${systemErrorText(error)}`);
  }
}

function judged(status: number, retryAfter: string | string[] | undefined, now: number): Sent {
  const why = `the server answered ${status}`;
  if (status >= 200 && status < 300) return { is: 'taken' };
  if (status === 429 || status >= 500 || status === 408 || status === 425)
    return { is: 'later', why, afterMs: waitOf(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, now) };
  // Slack: invalid_payload, no_text, and a text that is too long. The channel itself is in order.
  if (status === 400 || status === 413 || status === 422) return { is: 'refused', why };
  return { is: 'stopped', why: `${why}: the webhook is not valid any more, or its URL is wrong` };
}

/** Seconds or a date, as HTTP has both. */
function waitOf(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.min(longestWait, Math.max(0, ms));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}
