import type { SecretRef, TlsSettings } from '../core/environment.ts';
import type { NoticeChannel, NotifySettings } from '../core/notice.ts';
import type { NotifyFile } from './schema-notify.ts';
import { toMs } from './to-ms.ts';

type ChannelFile = NotifyFile['channels'][string];

/** The section with its defaults filled in; without one there is nobody to tell. */
export function toNotify(
  file: NotifyFile | undefined,
  toTls: (tls: NonNullable<ChannelFile['tls']>) => TlsSettings,
  toRef: (ref: ChannelFile['url']) => SecretRef,
): NotifySettings {
  return {
    channels: Object.entries(file?.channels ?? {}).map(
      ([name, { url, audience, events, tls, timeoutMs }]): NoticeChannel => ({
        name,
        url: toRef(url),
        audience: audience ?? 'team',
        events: events ?? ['started', 'blocked', 'needs-person', 'deadline-at-risk', 'ended'],
        tls: toTls(tls ?? {}),
        timeoutMs: toMs(timeoutMs, 10_000),
      }),
    ),
    warnBeforeMs: toMs(file?.warnBefore, 3_600_000),
  };
}
