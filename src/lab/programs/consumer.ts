import type { Channel, ConsumeMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRecorder } from '../load-record.ts';
import type { ProgramControl } from './program-control.ts';
import { stayConnected, type ServiceLogin } from './stay-connected.ts';

/** What the consumer does. */
export interface ConsumerConfig {
  readonly login: ServiceLogin;
  /** One consumer on each. */
  readonly queues: readonly string[];
  /** Unacknowledged messages that a consumer may hold. */
  readonly prefetch: number;
  /** File that gets a line for each delivery. */
  readonly record: string;
}

/** Milliseconds without a delivery after which a frozen consumer counts as quiet. */
const quiet = 300;

/**
 * Consumes, writes each delivery down and acknowledges it after that, until it is told to stop. Frozen, it holds what
 * reaches it, unrecorded and unacknowledged; what a lost connection takes back in that time is delivered again.
 */
export async function runConsumer(config: ConsumerConfig, control: ProgramControl): Promise<void> {
  const recorder = openRecorder(config.record);
  let held: (() => void)[] = [];
  let lastDelivery = 0;

  const take = (channel: Channel, queue: string, message: ConsumeMessage): void => {
    recorder.write({
      event: 'delivered',
      id: String(message.properties.messageId),
      at: Date.now(),
      queue,
      redelivered: message.fields.redelivered,
    });
    try {
      channel.ack(message);
    } catch {
      // The channel closed in between: the message comes again, and is then delivered twice, as it would be for a service.
    }
  };
  control.onFreeze(async () => {
    while (performance.now() - lastDelivery < quiet) await sleep(quiet / 3);
  });
  control.onThaw(() => {
    const waiting = held;
    held = [];
    for (const go of waiting) go();
  });

  try {
    await stayConnected(config.login, control.stopped, async (connection) => {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      channel.on('close', () => {
        void connection.close().catch(() => undefined);
      });
      await channel.prefetch(config.prefetch);
      for (const queue of config.queues) {
        await channel.consume(queue, (message) => {
          if (message === null) {
            // The queue was deleted under the consumer: only a new connection gets another one.
            void connection.close().catch(() => undefined);
            return;
          }
          lastDelivery = performance.now();
          const go = (): void => {
            take(channel, queue, message);
          };
          if (control.frozen()) held.push(go);
          else go();
        });
      }
      return () => {
        held = [];
      };
    });
  } finally {
    recorder.close();
  }
}
