import type { ConsumeMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramControl } from './program-control.ts';
import type { ServiceLogin } from './service-login.ts';
import { stayConnected } from './stay-connected.ts';

/** What is consumed, and what becomes of it. */
export interface Consumption {
  readonly login: ServiceLogin;
  /** One consumer on each. */
  readonly queues: readonly string[];
  /** Unacknowledged messages that a consumer may hold. */
  readonly prefetch: number;
  /** Writes a delivery down, before it is acknowledged. */
  readonly record: (queue: string, message: ConsumeMessage) => void;
}

/** Milliseconds without a delivery after which a frozen consumer counts as quiet. */
const quiet = 300;

/**
 * Consumes, has each delivery written down and acknowledges it after that, until it is told to stop. Frozen, it holds
 * what reaches it, unrecorded and unacknowledged; what a lost connection takes back in that time is delivered again.
 */
export async function consumeFreezably(what: Consumption, control: ProgramControl): Promise<void> {
  let held: (() => void)[] = [];
  let lastDelivery = 0;
  control.onFreeze(async () => {
    while (performance.now() - lastDelivery < quiet) await sleep(quiet / 3);
  });
  control.onThaw(() => {
    const waiting = held;
    held = [];
    for (const go of waiting) go();
  });
  await stayConnected(what.login, control.stopped, async (connection) => {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    channel.on('close', () => {
      void connection.close().catch(() => undefined);
    });
    await channel.prefetch(what.prefetch);
    for (const queue of what.queues) {
      await channel.consume(queue, (message) => {
        if (message === null) {
          // The queue was deleted under the consumer: only a new connection gets another one.
          void connection.close().catch(() => undefined);
          return;
        }
        lastDelivery = performance.now();
        const take = (): void => {
          what.record(queue, message);
          try {
            channel.ack(message);
          } catch {
            // The channel closed in between: the message comes again, and is then delivered twice, as it would be for a service.
          }
        };
        if (control.frozen()) held.push(take);
        else take();
      });
    }
    return () => {
      held = [];
    };
  });
}
