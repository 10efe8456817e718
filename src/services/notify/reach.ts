import { readFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Fault } from '../../core/fault.ts';
import type { NoticeChannel } from '../../core/notice.ts';
import { connectionTrouble } from '../rabbitmq/connection-fault.ts';

/**
 * Connects to a webhook's server, checks its certificate, and hangs up: no request is sent, so nobody reads anything, and
 * whether the webhook itself is still valid stays unknown. Returns what was seen, without a word of the URL: all of it is
 * a secret. Fault `notify.unreachable` (exit unreachable), `notify.not-a-url` (exit usage).
 */
export async function reachWebhook(channel: Pick<NoticeChannel, 'tls' | 'timeoutMs'>, url: string): Promise<string> {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null || !['http:', 'https:'].includes(target.protocol))
    throw new Fault({
      code: 'notify.not-a-url',
      message: 'What its secret holds is not an http or https URL.',
      exit: 'usage',
      next: ['put the whole URL of the webhook into the secret'],
    });
  const secure = target.protocol === 'https:';
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(target.port === '' ? (secure ? 443 : 80) : target.port);
  let socket: Socket | undefined;
  try {
    const { ca, serverName } = channel.tls;
    const given = { ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }) };
    // A certificate is for a name: an address has none to ask for.
    const servername = serverName ?? (/^[\d.]+$|:/.test(host) ? undefined : host);
    const opened = secure
      ? connectTls({ host, port, ...given, ...(servername === undefined ? {} : { servername }) })
      : connectPlain({ host, port });
    socket = opened;
    await new Promise<void>((resolve, reject) => {
      opened.once(secure ? 'secureConnect' : 'connect', () => resolve());
      opened.once('error', reject);
      opened.setTimeout(channel.timeoutMs, () =>
        reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      );
    });
    return secure ? 'its server answers, with a good certificate' : 'its server answers, without TLS';
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const why = connectionTrouble(error)?.why ?? `it failed (${typeof code === 'string' ? code : 'unknown'})`;
    throw new Fault({
      code: 'notify.unreachable',
      message: `Its server can't be reached: ${why}.`,
      exit: 'unreachable',
      next: ['look at the URL in the secret, and whether this machine may connect there'],
    });
  } finally {
    socket?.destroy();
  }
}
