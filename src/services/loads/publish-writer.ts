import type { Options } from 'amqplib';
import { Fault } from '../../core/fault.ts';
import { bodyFor, filled } from '../../core/load-order.ts';
import type { LoadType } from '../../core/load-type.ts';
import type { LoadJobEvidence, LoadOrder } from '../../core/ports-loads.ts';
import { tlsOptions, type RabbitAccess } from '../rabbitmq/access.ts';

/** How a load type is asked for by a message. */
type PublishDriver = Extract<LoadType['driver'], { kind: 'publish' }>;

/** Publishes the command messages of an order: each persistent, confirmed by the broker and routed to a queue. */
export async function publishOrder(
  order: LoadOrder,
  driver: PublishDriver,
  access: RabbitAccess,
  vhost: string,
): Promise<LoadJobEvidence> {
  // All of them are made before the first is sent: a template that can't be filled in must not stop half-way.
  const messages = (driver.perOffice ? order.offices : [null]).map((office) => messageOf(order, driver, office));
  const connection = await open(access, vhost);
  let sent = 0;
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    const returned: string[] = [];
    channel.on('return', ({ properties, fields }) => {
      returned.push(`${String(properties.messageId)} (${String((fields as { replyText?: unknown }).replyText)})`);
    });
    for (const { routingKey, content, options } of messages) {
      await new Promise<void>((resolve, reject) => {
        sent += 1;
        channel.publish(driver.exchange, routingKey, content, options, (error: unknown) => {
          if (error === null || error === undefined) resolve();
          else reject(error instanceof Error ? error : new Error('refused'));
        });
        channel.once('close', () => reject(new Error('the channel was closed')));
      });
      if (returned.length > 0) throw new Error(`no queue took ${returned.join(', ')}`);
    }
    await channel.close();
  } catch (error) {
    throw notPublished(error, driver, sent, messages.length);
  } finally {
    await connection.close().catch(() => undefined);
  }
  const ids = messages.map(({ options }) => options.messageId).join(', ');
  return {
    evidence: [
      `${messages.length} message(s) to ${exchangeWords(driver)} in vhost ${vhost}, confirmed by the broker and routed: ${ids}`,
    ],
  };
}

function messageOf(order: LoadOrder, driver: PublishDriver, office: string | null) {
  const body = bodyFor(driver.body, order, office);
  const options: Options.Publish & { readonly messageId: string } = {
    messageId: `${order.id}${office === null ? '' : `/${office}`}`,
    persistent: true,
    mandatory: true,
    contentType: driver.contentType,
    headers: Object.fromEntries(
      Object.entries(driver.headers).map(([name, text]) => [name, filled(text, order, office)]),
    ),
  };
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { routingKey: filled(driver.routingKey, order, office), content, options };
}

async function open(access: RabbitAccess, vhost: string) {
  // By its default export: a bundle keeps no names of a CommonJS module that is imported when it is used.
  const { connect } = (await import('amqplib')).default;
  const url = new URL(access.amqp);
  const secure = url.protocol === 'amqps:';
  try {
    const connection = await connect(
      {
        protocol: secure ? 'amqps' : 'amqp',
        hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? (secure ? 5671 : 5672) : Number(url.port),
        username: access.user,
        password: await access.password(),
        vhost,
      },
      {
        timeout: access.timeoutMs,
        clientProperties: { connection_name: 'esr-ops etl run' },
        ...(secure ? { servername: url.hostname, ...(await tlsOptions(access.tls)) } : {}),
      },
    );
    connection.on('error', () => undefined);
    return connection;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault({
      code: 'load.publish-unreachable',
      message: `Vhost ${vhost} can't be opened for publishing: ${error instanceof Error ? error.message : String(error)}. Nothing was sent.`,
      where: access.amqp,
      exit: 'unreachable',
      next: ['esr-ops config check'],
      details: { sent: false },
    });
  }
}

function notPublished(error: unknown, driver: PublishDriver, sent: number, of: number): Fault {
  const why = error instanceof Error ? error.message : String(error);
  const unroutable = why.startsWith('no queue took');
  return new Fault({
    code: unroutable ? 'load.unroutable' : 'load.publish-failed',
    message: `Of ${of} message(s) to ${exchangeWords(driver)} ${sent - 1} were confirmed and routed; then: ${why}.`,
    where: exchangeWords(driver),
    exit: 'failed',
    next: [unroutable ? 'correct exchange and routingKey of the load type, or bind a queue' : 'esr-ops etl status'],
    // What came back was not delivered; what was cut off may have been.
    details: { sent: !(unroutable && sent === 1) },
  });
}

function exchangeWords({ exchange }: PublishDriver): string {
  return exchange === '' ? 'the default exchange' : `exchange ${exchange}`;
}
