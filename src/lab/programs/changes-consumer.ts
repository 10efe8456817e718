import { changeName, openChangeRecorder, type ChangeKind, type ChangeRecord } from '../cdc/change-record.ts';
import { markColumn } from '../cdc/tis-tables.ts';
import { consumeFreezably } from './consume-freezably.ts';
import type { ProgramControl } from './program-control.ts';
import type { ServiceLogin } from './service-login.ts';

/** What the consumer of changes does. */
export interface ChangesConsumerConfig {
  readonly login: ServiceLogin;
  /** The queue that is bound to the exchange of change data capture. */
  readonly queue: string;
  /** File that gets a line for each delivery. */
  readonly record: string;
}

/** What Maxwell says of one row. */
interface Message {
  readonly table?: unknown;
  readonly type?: unknown;
  readonly xid?: unknown;
  readonly position?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Consumes changes as ESR does, each written down by what was changed. */
export async function runChangesConsumer(config: ChangesConsumerConfig, control: ProgramControl): Promise<void> {
  const recorder = openChangeRecorder(config.record);
  try {
    await consumeFreezably(
      {
        login: config.login,
        queues: [config.queue],
        prefetch: 200,
        record: (_, { content, fields }) => {
          recorder.write(deliveryOf(content.toString('utf8'), fields.redelivered));
        },
      },
      control,
    );
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
