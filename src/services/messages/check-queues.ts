import { statfs } from 'node:fs/promises';
import { Fault, type Problem } from '../../core/fault.ts';
import { refusedQueue } from './drain-fault.ts';
import type { DrainQueue } from './drain-options.ts';

/** Refuses, all together, the queues that can't be drained or copied. */
export function checkQueues(queues: readonly DrainQueue[], copy: boolean): void {
  const problems = queues.flatMap((queue) => refusalOf(queue, copy) ?? []);
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
}

function refusalOf({ name, kind, exclusive, deliveryLimit }: DrainQueue, copy: boolean): Problem | null {
  if (kind === 'stream') {
    const why = 'it is a stream, whose messages stay when they are read, and are read from an offset';
    return refusedQueue(name, 'drain.stream', why, 'leave it out with --queue', 'read it with a stream client');
  }
  if (exclusive) {
    const why = 'it is exclusive: it belongs to the connection that declared it and is deleted with that';
    return refusedQueue(name, 'drain.exclusive', why, 'leave it out with --queue');
  }
  if (copy && deliveryLimit !== null) {
    const why = `a copy gives each message back, which is one delivery more, and its limit of ${deliveryLimit} deliveries would drop or dead-letter those that have had them`;
    return refusedQueue(name, 'drain.delivery-limit', why, 'drain it without --copy: acknowledging spends no delivery');
  }
  return null;
}

/** Each record's and commit's own octets, beside properties and body, rounded up. */
const overheadOctets = 1_024;

/** Refuses when the disk has no room for what is expected and the reserve. What is not known counts as nothing. */
export async function checkRoom(dir: string, queues: readonly DrainQueue[], reserve: number): Promise<void> {
  const need = queues.reduce(
    (sum, { expected, expectedBytes }) => sum + (expectedBytes ?? 0) + (expected ?? 0) * overheadOctets,
    0,
  );
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= need + reserve) return;
  const mib = (octets: number): string => `${Math.ceil(octets / 1_048_576)} MiB`;
  throw new Fault({
    code: 'drain.no-room',
    message: `The disk has no room for the messages: about ${mib(need)} are needed and ${mib(reserve)} stay free, ${mib(free)} are there. Nothing was taken.`,
    where: dir,
    details: { needed: need, reserve, free },
    exit: 'blocked',
    next: ['make room, or use another --state-dir'],
  });
}
