import type { Channel, ChannelModel } from 'amqplib';

/** Where messages go. */
export interface PublisherSettings {
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
  readonly user: string;
  readonly password: string;
  readonly exchange: string;
  readonly type: string;
  readonly durable: boolean;
  readonly persistent: boolean;
}

/** Publishes without asking what became of it, as Maxwell does. */
export interface ChangePublisher {
  /** @throws Error when there is no connection */
  publish(routingKey: string, text: string): void;
  close(): Promise<void>;
}

/** Milliseconds between two attempts to get a lost connection back. */
const pause = 5_000;

/** Connects and declares the exchange. A connection that is lost later is tried again until it is back. */
export async function openPublisher(settings: PublisherSettings): Promise<ChangePublisher> {
  const { connect } = (await import('amqplib')).default;
  let channel: Channel | undefined;
  let connection: ChannelModel | undefined;
  let closed = false;
  const open = async (): Promise<void> => {
    const { host, port, vhost, user, password, exchange, type, durable } = settings;
    const opened = await connect(
      { protocol: 'amqp', hostname: host, port, vhost, username: user, password, heartbeat: 60 },
      { clientProperties: { connection_name: 'stand-in for Maxwell' }, timeout: 10_000 },
    );
    connection = opened;
    opened.on('error', () => undefined);
    opened.on('close', () => {
      channel = undefined;
      if (!closed) setTimeout(again, pause).unref();
    });
    const made = await opened.createChannel();
    made.on('error', () => {
      channel = undefined;
    });
    await made.assertExchange(exchange, type, { durable, autoDelete: false });
    channel = made;
  };
  const again = (): void => {
    if (closed) return;
    open().catch(() => {
      if (!closed) setTimeout(again, pause).unref();
    });
  };
  await open();
  return {
    publish: (routingKey, text) => {
      if (channel === undefined) throw new Error('connection is already closed');
      channel.publish(settings.exchange, routingKey, Buffer.from(text, 'utf8'), {
        persistent: settings.persistent,
      });
    },
    close: async () => {
      closed = true;
      await connection?.close().catch(() => undefined);
    },
  };
}
