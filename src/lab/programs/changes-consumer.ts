import { changeName, openChangeRecorder, type ChangeKind, type ChangeRecord } from '../cdc/change-record.ts';
import { markColumn } from '../cdc/tis-tables.ts';
import type { ProgramControl } from './program-control.ts';
import { stayConnected, type ServiceLogin } from './stay-connected.ts';

/** What the consumer of changes does. */
export interface ChangesConsumerConfig {
  readonly login: ServiceLogin;
  /** The queue that is bound to the exchange of change data capture. */
  readonly queue: string;
  /** File that gets a line for each delivery. */
  readonly record: string;
}

/** Milliseconds without a delivery after which a frozen consumer counts as quiet. */
const quiet = 300;

/** What Maxwell says of one row. */
interface Message {
  readonly table?: unknown;
  readonly type?: unknown;
  readonly xid?: unknown;
  readonly position?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Consumes changes as ESR does: each is written down, then acknowledged, until it is told to stop. Frozen, it holds
 * what reaches it, unrecorded and unacknowledged.
 */
export async function runChangesConsumer(config: ChangesConsumerConfig, control: ProgramControl): Promise<void> {
  const recorder = openChangeRecorder(config.record);
  let held: (() => void)[] = [];
  let lastDelivery = 0;
  control.onFreeze(async () => {
    while (performance.now() - lastDelivery < quiet) {
      await new Promise((resolve) => setTimeout(resolve, quiet / 3));
    }
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
      await channel.prefetch(200);
      await channel.consume(config.queue, (message) => {
        if (message === null) {
          void connection.close().catch(() => undefined);
          return;
        }
        lastDelivery = performance.now();
        const take = (): void => {
          recorder.write(deliveryOf(message.content.toString('utf8'), message.fields.redelivered));
          try {
            channel.ack(message);
          } catch {
            // The channel closed in between: the message comes again.
          }
        };
        if (control.frozen()) held.push(take);
        else take();
      });
      return () => {
        held = [];
      };
    });
  } finally {
    recorder.close();
  }
}

function deliveryOf(text: string, redelivered: boolean): ChangeRecord {
  const at = Date.now();
  try {
    const { table, type, xid, position, data } = JSON.parse(text) as Message;
    const mark = data?.[markColumn];
    if (typeof table === 'string' && isKind(type) && typeof mark === 'string') {
      return {
        event: 'delivered',
        change: changeName(table, type, mark),
        at,
        xid: Number(xid),
        position: typeof position === 'string' ? position : undefined,
        redelivered,
      };
    }
  } catch {
    // Not JSON: written down as it is.
  }
  return { event: 'strange', at, text: text.slice(0, 500) };
}

function isKind(type: unknown): type is ChangeKind {
  return type === 'insert' || type === 'update' || type === 'delete';
}
