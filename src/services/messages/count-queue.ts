import type { AmqpLink } from './amqp-link.ts';
import { brokenProtocol } from './link-fault.ts';
import { long, method, octet, short, shortText } from './frames.ts';

/** Ready messages and consumers of a queue, counted by the broker at this moment. A missing queue closes the channel (404). */
export async function countQueue(
  link: AmqpLink,
  queue: string,
): Promise<{ readonly ready: number; readonly consumers: number }> {
  const passive = 1;
  const answer = await link.call(
    method.queueDeclare,
    method.queueDeclareOk,
    short(0),
    shortText(queue),
    octet(passive),
    long(0),
  );
  const at = 1 + (answer[0] ?? 0);
  if (answer.length < at + 8) throw brokenProtocol('the broker', 'its answer about a queue is cut off');
  return { ready: answer.readUInt32BE(at), consumers: answer.readUInt32BE(at + 4) };
}
