import type { LabFiles, RunningLab } from './lab-files.ts';
import type { ConsumerConfig } from './programs/consumer.ts';
import type { PublisherConfig } from './programs/publisher.ts';

/** Queues that the lab's consumer reads, one consumer each. */
export const consumedQueues = ['esr.queue.POR.saved', 'esr.queue.POS.saved', 'esr.queue.ASG.saved'] as const;

/**
 * What the lab's publisher sends: to the consumed queues, and one message in four to a queue that nobody reads, so that
 * a fault always finds messages waiting.
 */
const routingKeys = ['esr.POR.saved', 'esr.POS.saved', 'esr.ASG.saved', 'esr.position.reconciled'];

/** The load of a lab: the inbound service publishes, the exporter consumes. */
export function labLoad(
  files: LabFiles,
  rabbitmq: Pick<RunningLab['rabbitmq'], 'amqp' | 'vhost'>,
  passwords: Readonly<Record<string, string>>,
  perSecond: number,
): { readonly publisher: PublisherConfig; readonly consumer: ConsumerConfig } {
  const login = (user: string): PublisherConfig['login'] => ({
    ...rabbitmq.amqp,
    vhost: rabbitmq.vhost,
    user,
    password: passwords[user] ?? '',
    name: `${user} (lab load)`,
  });
  return {
    publisher: {
      login: login('esr-inbound'),
      exchange: 'esr.exchange',
      routingKeys,
      perSecond,
      record: files.publisherRecord,
    },
    consumer: {
      login: login('esr-exporter'),
      queues: consumedQueues,
      prefetch: 20,
      record: files.consumerRecord,
    },
  };
}
