import type { ContentProperties } from '../../core/message.ts';
import type { DrainedQueue } from '../../core/drain.ts';
import { decodeProperties } from './content-codec.ts';
import type { StoredRecord } from './read-item.ts';
import { recordFlag } from './record-format.ts';

/** A message of a drain. */
export interface DrainedMessage {
  readonly queue: string;
  /** Number of its record in the drain, and its number in its queue, from 0. */
  readonly record: number;
  readonly inQueue: number;
  readonly exchange: Buffer;
  readonly routingKey: Buffer;
  /** Whether it had been delivered before it was drained. */
  readonly redelivered: boolean;
  readonly maybeTwice: boolean;
  readonly bodySize: number;
  /** Null when it is larger than 1 MiB. */
  readonly body: Buffer | null;
  /** As on the wire. */
  readonly octets: Buffer;
  /** Decoded when it is asked for; a Fault `messages.bad-properties` when they can't be. */
  readonly properties: () => ContentProperties;
}

/** A stored record as a message of its queue. */
export function drainedMessage(record: StoredRecord, queue: DrainedQueue): DrainedMessage {
  const { address, properties } = record;
  const keyAt = 1 + address.readUInt8(0);
  return {
    queue: queue.name,
    record: record.number,
    inQueue: record.inQueue,
    exchange: address.subarray(1, keyAt),
    routingKey: address.subarray(keyAt + 1),
    redelivered: (record.flags & recordFlag.redelivered) !== 0,
    maybeTwice: (record.flags & (recordFlag.maybeAgain | recordFlag.again)) !== 0,
    bodySize: record.bodySize,
    body: record.body,
    octets: properties,
    properties: () => decodeProperties(properties),
  };
}
