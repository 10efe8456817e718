import { Fault } from '../../core/fault.ts';
import { openLink, type AmqpLink } from './amqp-link.ts';
import { createConfirms, type Confirms, type Published } from './confirms.ts';
import { method, octet } from './frames.ts';
import type { RestoreOptions } from './restore-options.ts';

/** A publishing link with confirms, and what waits on it. */
export interface RestoreSession {
  readonly link: AmqpLink;
  readonly confirms: Confirms;
  blocked(): string | null;
  /** Resolves when no more than so many messages and octets are unconfirmed; a Fault when nothing moves for too long. */
  below(messages: number, bytes: number): Promise<void>;
  /** Resolves when the socket takes more: it does not while an alarm of the broker lasts. Faults as `below`. */
  writable(): Promise<void>;
  failure(): Fault | null;
}

/** Opens a link in confirm mode. `settled` is called in order of publishing, `waiting` about twice a second of a wait. */
export async function openRestoreSession(
  { access, vhost, stallMs = 60_000 }: Pick<RestoreOptions, 'access' | 'vhost' | 'stallMs'>,
  settled: (published: Published) => void,
  waiting: (blocked: string | null) => void,
): Promise<RestoreSession> {
  let failure: Fault | null = null;
  let blocked: string | null = null;
  let wake: (() => void) | null = null;
  let moved = Date.now();
  let coming: { why: string; key: Buffer; size: number; parts: Buffer[]; left: number } | null = null;
  const confirms = createConfirms((published) => {
    moved = Date.now();
    settled(published);
  });
  const comeBack = (): void => {
    if (coming === null || coming.left > 0) return;
    confirms.returned(coming.why, coming.key, coming.size, Buffer.concat(coming.parts));
    coming = null;
  };
  const link = await openLink(access, vhost, 'esr-ops restore', {
    confirmed: (tag, multiple, ok) => confirms.confirmed(tag, multiple, ok),
    returned: (code, text, bytes, from, to) => {
      const keyAt = from + 1 + bytes.readUInt8(from);
      const key = Buffer.from(bytes.subarray(keyAt, to));
      coming = { why: `${code} ${text}`, key, size: 0, parts: [], left: 0 };
    },
    header: (size) => {
      if (coming === null) return;
      coming.size = size;
      coming.left = size;
      comeBack();
    },
    body: (bytes, from, to) => {
      if (coming === null) return;
      coming.left -= to - from;
      // A body too large to be compared is not kept either.
      if (coming.size <= 1 << 20) coming.parts.push(Buffer.from(bytes.subarray(from, to)));
      comeBack();
    },
    settled: () => wake?.(),
    blocked: (reason) => {
      blocked = reason;
    },
    drained: () => wake?.(),
    failed: (fault) => {
      failure = fault;
      wake?.();
    },
  });
  await link.call(method.confirmSelect, method.confirmSelectOk, octet(0));
  const until = async (done: () => boolean): Promise<void> => {
    const waitedFrom = Date.now();
    const look = setInterval(() => {
      waiting(blocked);
      wake?.();
    }, 500);
    try {
      while (failure === null && !done()) {
        const idle = Date.now() - Math.max(moved, waitedFrom);
        if (idle > stallMs) throw stalled(confirms.outstanding(), blocked, idle);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
      if (failure !== null) throw failure;
    } finally {
      clearInterval(look);
    }
  };
  return {
    link,
    confirms,
    blocked: () => blocked,
    failure: () => failure,
    below: (messages, bytes) => until(() => confirms.outstanding() <= messages && confirms.outstandingBytes() <= bytes),
    writable: () => until(() => link.writable()),
  };
}

function stalled(open: number, blocked: string | null, ms: number): Fault {
  const why = blocked === null ? 'says nothing' : `takes no messages (${blocked})`;
  return new Fault({
    code: blocked === null ? 'restore.stalled' : 'restore.blocked',
    message: `RabbitMQ ${why} for ${Math.round(ms / 1000)} s while ${open} messages are unconfirmed.`,
    details: { unconfirmed: open, blocked },
    exit: 'failed',
    next: ['esr-ops config check', 'clear the alarm of the broker (memory, disk)'],
  });
}
