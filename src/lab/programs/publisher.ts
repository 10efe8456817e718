import type { ConfirmChannel } from 'amqplib';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRecorder } from '../load-record.ts';
import type { ProgramControl } from './program-control.ts';
import type { ServiceLogin } from './service-login.ts';
import { stayConnected } from './stay-connected.ts';

/** What the publisher does. */
export interface PublisherConfig {
  readonly login: ServiceLogin;
  readonly exchange: string;
  /** Used in turn. */
  readonly routingKeys: readonly string[];
  /** Messages made each second, connected or not. */
  readonly perSecond: number;
  /** File that gets a line for each thing that happened to a message. */
  readonly record: string;
}

/**
 * Makes persistent messages with unique ids at a steady rate and publishes them with confirms, until it is told to
 * stop. What is made while there is no connection is written down as refused and never sent again: the change stays in
 * the database, and finding it there is the business of the recovery, not of the load.
 */
export async function runPublisher(config: PublisherConfig, control: ProgramControl): Promise<void> {
  const recorder = openRecorder(config.record);
  const batch = randomBytes(4).toString('hex');
  let channel: ConfirmChannel | undefined;
  let made = 0;

  const makeOne = (): void => {
    const id = `${batch}-${String(made).padStart(8, '0')}`;
    const routingKey = config.routingKeys[made % config.routingKeys.length] ?? '';
    made += 1;
    const note = (event: 'refused' | 'published' | 'confirmed' | 'rejected'): void => {
      recorder.write({ event, id, at: Date.now() });
    };
    if (channel === undefined) {
      note('refused');
      return;
    }
    note('published');
    const content = Buffer.from(JSON.stringify({ id, type: routingKey, madeAt: new Date().toISOString() }));
    try {
      channel.publish(
        config.exchange,
        routingKey,
        content,
        { messageId: id, persistent: true, mandatory: true, contentType: 'application/json', timestamp: Date.now() },
        (error: unknown) => {
          // Without an answer the outcome is not known, which is not the same as a no.
          if (error === null || error === undefined) note('confirmed');
          else if (error instanceof Error && /nack/i.test(error.message)) note('rejected');
        },
      );
    } catch {
      channel = undefined;
    }
  };

  let last = performance.now();
  let owed = 0;
  const ticking = setInterval(
    () => {
      const now = performance.now();
      if (!control.frozen()) owed += ((now - last) / 1000) * config.perSecond;
      last = now;
      for (; owed >= 1; owed -= 1) makeOne();
    },
    Math.max(5, 1000 / config.perSecond),
  );
  const settled = async (): Promise<void> => {
    await Promise.race([channel?.waitForConfirms().catch(() => undefined), sleep(5_000, undefined, { ref: false })]);
  };
  control.onFreeze(settled);
  const disconnect = new AbortController();
  control.stopped.addEventListener('abort', () => {
    clearInterval(ticking);
    void settled().then(() => {
      disconnect.abort();
    });
  });

  try {
    await stayConnected(config.login, disconnect.signal, async (connection) => {
      const opened = await connection.createConfirmChannel();
      opened.on('error', () => undefined);
      opened.on('return', (message) => {
        recorder.write({ event: 'returned', id: String(message.properties.messageId), at: Date.now() });
      });
      opened.on('close', () => {
        if (channel === opened) channel = undefined;
        void connection.close().catch(() => undefined);
      });
      channel = opened;
      return () => {
        if (channel === opened) channel = undefined;
      };
    });
  } finally {
    clearInterval(ticking);
    recorder.close();
  }
}
