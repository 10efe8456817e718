import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import type { Host } from '../core/host.ts';
import type { Message } from '../core/messages.ts';
import { noticeText } from '../core/notice-text.ts';
import { createNoticeWatch, noticesAhead, type NoticeSetting, type NoticeWatch } from '../core/notice-watch.ts';
import type { Notice, NoticeOutbox } from '../core/notice.ts';
import type { Plan } from '../core/plan.ts';
import { watchedHost } from './watched-host.ts';

/** What is said on the way, and whom that concerns. */
export interface Notifying {
  /** Says and asks as before. */
  readonly host: Host;
  /** Waits a short while for what is on its way; what is left stays in the queue, and that is said. */
  end(): Promise<void>;
}

/** Milliseconds that the program's end waits for webhooks at most. */
const lastWait = 3_000;

/**
 * A host that also tells people outside. Notices are put on disk and sent beside the run: whatever happens to them, the
 * run neither waits nor fails.
 */
export function notifyingHost(
  host: Host,
  parts: {
    readonly environment: () => Promise<Environment>;
    readonly outbox: () => Promise<NoticeOutbox>;
    readonly by: string;
    readonly now: () => number;
  },
): Notifying {
  let beside: Promise<void> = Promise.resolve();
  let opened: NoticeOutbox | null = null;
  let made: { readonly setting: NoticeSetting; readonly watch: NoticeWatch } | null = null;

  const later = (work: (made: { setting: NoticeSetting; watch: NoticeWatch }) => Promise<void>): void => {
    beside = beside
      .then(async () => {
        const environment = await parts.environment();
        if (environment.notify.channels.length === 0) return;
        const setting = { environment, by: parts.by, now: parts.now };
        made ??= { setting, watch: createNoticeWatch(setting) };
        await work(made);
      })
      .catch((error: unknown) => {
        const why = error instanceof Fault ? error.message : 'of an error in this program';
        host.say({ code: 'note', payload: { text: `A notice could not be kept to be sent: ${why}` } });
      });
  };
  const send = async (notices: readonly Notice[], also: boolean): Promise<void> => {
    if (notices.length === 0 && !also) return;
    opened ??= await parts.outbox();
    for (const notice of notices) await opened.put(notice);
    opened.start();
  };
  const see = (message: Message): void => {
    const { code } = message;
    if (code === 'dry-run.ended')
      later(({ setting }) => {
        showAhead(message.payload.plan, setting);
        return Promise.resolve();
      });
    // A run that changes something also sends what earlier ones could not.
    else if (watched.has(code)) later(({ watch }) => send(watch.see(message), code === 'run.started'));
  };
  const showAhead = (plan: Plan, setting: NoticeSetting): void => {
    const { notify, timezone } = setting.environment;
    const notices = noticesAhead(plan, setting).flatMap((notice) =>
      notify.channels
        .filter(({ events }) => events.includes(notice.event))
        .map((channel) => ({ channel: channel.name, notice, text: noticeText(notice, channel, timezone) })),
    );
    if (notices.length > 0) host.result({ code: 'notices.ahead', payload: { notices } });
  };
  return {
    host: {
      ...watchedHost(host, see),
      ask: (question) => {
        later(({ watch }) => send(watch.asked(question), false));
        return host.ask(question);
      },
    },
    end: async () => {
      await beside;
      const queues = await opened?.flush(lastWait);
      const environment = queues === undefined ? null : await parts.environment();
      if (queues === undefined || environment === null || queues.every(({ waiting }) => waiting.length === 0)) return;
      host.say({ code: 'notices.listed', payload: { environment: environment.name, queues } });
    },
  };
}

const watched: ReadonlySet<Message['code']> = new Set([
  'plan.shown',
  'run.refused',
  'run.started',
  'step.started',
  'step.blocked',
  'manual.instructions',
  'step.finished',
  'run.ended',
]);
