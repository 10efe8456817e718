import { openRecorder } from '../load-record.ts';
import { consumeFreezably } from './consume-freezably.ts';
import type { ProgramControl } from './program-control.ts';
import type { ServiceLogin } from './service-login.ts';

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

/** Consumes the load's messages as a service does, each written down by its id. */
export async function runConsumer(config: ConsumerConfig, control: ProgramControl): Promise<void> {
  const recorder = openRecorder(config.record);
  try {
    await consumeFreezably(
      {
        ...config,
        record: (queue, { properties, fields }) => {
          recorder.write({
            event: 'delivered',
            id: String(properties.messageId),
            at: Date.now(),
            queue,
            redelivered: fields.redelivered,
          });
        },
      },
      control,
    );
  } finally {
    recorder.close();
  }
}
