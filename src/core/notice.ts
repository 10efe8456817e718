import type { SecretRef, TlsSettings } from './environment.ts';
import type { ExitName } from './exit-codes.ts';

/** What people are told of, as it happens. */
export const noticeEvents = ['started', 'blocked', 'needs-person', 'deadline-at-risk', 'ended', 'test'] as const;

/** One of {@link noticeEvents}. `ended`: done, or done and not verified; a run that broke off is `needs-person`. */
export type NoticeEvent = (typeof noticeEvents)[number];

/** Something to tell people, before it is put into words for anybody. */
export interface Notice {
  /** RFC 3339. */
  readonly at: string;
  readonly event: NoticeEvent;
  readonly environment: string;
  /** `recover vhost`, … */
  readonly command: string;
  /** Null before a run has begun. */
  readonly run: string | null;
  /** `vhost:esr`; null where it is not known. */
  readonly target: string | null;
  /** How it ended; only of an end. */
  readonly outcome: ExitName | null;
  /** What happened: a sentence or two; empty where event and outcome say it all. */
  readonly what: string;
  /** What to type or do next; empty when nothing. */
  readonly next: string;
  /** The nearest deadline that the run may miss. */
  readonly deadline: {
    readonly loadType: string;
    readonly means: string;
    readonly atMs: number;
    readonly leftMs: number;
  } | null;
  /** `user@host` */
  readonly by: string;
}

/** A place where people read: a webhook as Slack has them. */
export interface NoticeChannel {
  readonly name: string;
  /** The webhook's URL, which is a secret as a whole. */
  readonly url: SecretRef;
  /** `team` gets component, command and run; `esr` plain words only. */
  readonly audience: 'team' | 'esr';
  readonly events: readonly NoticeEvent[];
  readonly tls: TlsSettings;
  /** Milliseconds for an answer. Default 10,000. */
  readonly timeoutMs: number;
}

/** Whom to tell, in the environment. */
export interface NotifySettings {
  readonly channels: readonly NoticeChannel[];
  /** Milliseconds before a deadline from which a run on its way puts it at risk. Default an hour. */
  readonly warnBeforeMs: number;
}

/** What waits for one channel. */
export interface ChannelQueue {
  readonly channel: string;
  /** In the order in which they will be sent. */
  readonly waiting: readonly { readonly at: string; readonly event: NoticeEvent; readonly command: string }[];
  /** Put aside because the server said that it can't take them. */
  readonly refused: number;
  /** Why the last try failed; null when it did not. Holds no URL. */
  readonly why: string | null;
  /** Earliest next try, ms since the epoch; null: at once. */
  readonly notBeforeMs: number | null;
}

/** Reads of the queue on disk. */
export interface NoticeReader {
  queues(): Promise<readonly ChannelQueue[]>;
}

/** Notices on their way. Nothing here throws because of a server, and nothing waits for one but `flush`. */
export interface NoticeOutbox {
  /** On disk when it returns, for each channel that wants the event; sent in order, beside everything else. */
  put(notice: Notice): Promise<void>;
  /** Begins to send what waits, also what earlier runs left. */
  start(): void;
  /** Waits until all is sent or nothing more can be within the time, and ends the sending. What is left stays on disk. */
  flush(atMostMs: number): Promise<readonly ChannelQueue[]>;
}
