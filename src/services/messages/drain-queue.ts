import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../core/fault.ts';
import type { AmqpLink } from './amqp-link.ts';
import { countQueue } from './count-queue.ts';
import { long, method, octet, short, shortText } from './frames.ts';
import type { Intake } from './intake.ts';

/** How a queue's messages are taken. */
export interface QueueTaking {
  readonly link: AmqpLink;
  readonly intake: Intake;
  readonly queue: string;
  readonly prefetch: number;
  /** Nobody else may consume from it meanwhile (classic queues can promise that). */
  readonly exclusive: boolean;
  /** Rejects when the link or the disk fails or the consumer is cancelled. */
  readonly broken: Promise<never>;
  readonly signal: AbortSignal | undefined;
  /** Messages that are ready when it begins. */
  readonly ready: number;
  /** Whether messages stay unacknowledged: then the count of ready ones at the start is all there is to take. */
  readonly copy: boolean;
  /** Milliseconds without a message, although the broker counts ready ones, that are too long. */
  readonly stallMs: number;
  /** About twice a second. */
  progress(): void;
}

/**
 * Takes messages until the broker itself counts none left: silence only makes it count again. `interrupted` ends at a
 * message boundary with everything that was delivered on disk, so that nothing goes back to the queue.
 */
export async function takeQueue(taking: QueueTaking): Promise<'emptied' | 'interrupted'> {
  const { link, intake, queue, signal } = taking;
  for (let target = taking.ready; target > 0;) {
    await consume(taking);
    await untilReached(taking, target);
    // The queue itself answers a cancel, behind the last message that it sent.
    await link.call(method.basicCancel, method.basicCancelOk, shortText('esr-ops'), octet(0));
    await intake.flush();
    if (signal?.aborted === true) return 'interrupted';
    if (taking.copy) break;
    const { ready } = await countQueue(link, queue);
    if (ready === 0) break;
    target = intake.received().messages + ready;
  }
  return signal?.aborted === true ? 'interrupted' : 'emptied';
}

async function consume({ link, queue, prefetch, exclusive }: QueueTaking): Promise<void> {
  await link.call(method.basicQos, method.basicQosOk, long(0), short(prefetch), octet(0));
  const flags = exclusive ? 4 : 0;
  await link.call(
    method.basicConsume,
    method.basicConsumeOk,
    short(0),
    shortText(queue),
    shortText('esr-ops'),
    octet(flags),
    long(0),
  );
}

async function untilReached(taking: QueueTaking, target: number): Promise<void> {
  const { intake, broken, link, queue, signal } = taking;
  const reached = intake.reached(target).then(() => true);
  let moved = '';
  let since = Date.now();
  while (signal?.aborted !== true) {
    const wake = new AbortController();
    const stop = (): void => wake.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const idle = sleep(500, false, { signal: wake.signal }).catch(() => false);
    const done = await Promise.race([reached, idle, broken]);
    signal?.removeEventListener('abort', stop);
    wake.abort();
    taking.progress();
    if (done) return;
    const now = `${intake.received().messages}:${intake.moved()}`;
    if (now !== moved) {
      moved = now;
      since = Date.now();
      continue;
    }
    await intake.flush();
    const { ready } = await countQueue(link, queue);
    if (`${intake.received().messages}:${intake.moved()}` !== moved) continue;
    if (ready === 0 && intake.open() === 0) return;
    if (Date.now() - since > taking.stallMs) throw stalled(queue, ready, Date.now() - since);
  }
}

function stalled(queue: string, ready: number, ms: number): Fault {
  return new Fault({
    code: 'drain.stalled',
    message: `RabbitMQ counts ${ready} messages in the queue ${JSON.stringify(queue)} and delivered none for ${Math.round(ms / 1000)} s.`,
    where: queue,
    exit: 'failed',
    next: ['esr-ops config check', 'does another consumer hold it, or is the broker out of memory?'],
  });
}
