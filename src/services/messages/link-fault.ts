import { Fault } from '../../core/fault.ts';
import { connectionTrouble } from '../rabbitmq/connection-fault.ts';
import { visible } from '../rabbitmq/visible.ts';

/** The broker closed the channel: what was asked is refused. `details.code` is the reply code. */
export function channelClosed(where: string, code: number, text: string): Fault {
  return new Fault({
    code: 'messages.channel-closed',
    message: `RabbitMQ closed the channel: ${code} ${visible(text)}.`,
    where,
    details: { code },
    exit: 'failed',
    next: ['esr-ops config check'],
  });
}

/** The broker closed the connection, by an operator's hand or because it or the vhost goes down. */
export function connectionClosed(where: string, code: number, text: string): Fault {
  return new Fault({
    code: 'messages.connection-closed',
    message: `RabbitMQ closed the connection: ${code} ${visible(text)}.`,
    where,
    details: { code },
    exit: code === 403 || code === 530 ? 'failed' : 'unreachable',
    next: ['esr-ops config check'],
  });
}

/** The connection broke. */
export function connectionLost(where: string, error: Error | null, why?: string): Fault {
  const trouble = error === null ? null : connectionTrouble(error);
  return new Fault({
    code: trouble?.code === 'rabbitmq.tls' ? trouble.code : 'messages.connection-lost',
    message: `The connection to RabbitMQ at ${where} was lost: ${why ?? trouble?.why ?? error?.message ?? 'it was closed without a word'}.`,
    where,
    exit: 'unreachable',
    next: trouble?.next ?? ['esr-ops config check'],
  });
}

/** The peer does not speak AMQP as it should. */
export function brokenProtocol(where: string, why: string): Fault {
  return new Fault({
    code: 'messages.not-amqp',
    message: `What answers at ${where} does not keep to AMQP 0-9-1: ${visible(why)}.`,
    where,
    exit: 'failed',
    next: ['correct the AMQP URL in the configuration'],
  });
}
