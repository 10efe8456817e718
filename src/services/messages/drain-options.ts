import type { DrainManifest, QueueKind } from '../../core/drain.ts';
import type { Clock } from '../../core/ports.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import type { Disk } from './disk.ts';

/** A queue to drain, as the management API describes it. */
export interface DrainQueue {
  readonly name: string;
  readonly kind: QueueKind;
  /** Whether it belongs to one connection only. */
  readonly exclusive: boolean;
  /** Messages that it should hold, ready and unacknowledged, and octets of their bodies; null when unknown. */
  readonly expected: number | null;
  readonly expectedBytes: number | null;
  /** Deliveries after which a quorum queue drops or dead-letters a message; null without a limit. */
  readonly deliveryLimit: number | null;
}

/** What `drainQueues` needs. */
export interface DrainOptions {
  readonly access: RabbitAccess;
  readonly vhost: string;
  readonly queues: readonly DrainQueue[];
  /** The drain's own folder (0700): a new one, or one to go on with. */
  readonly dir: string;
  /** Leave the messages in their queues. They come back marked as redelivered, and count one delivery more. */
  readonly copy?: boolean;
  /** Go on although others consume from the queues: then what they take is not here, and nothing can be proven. */
  readonly allowConsumers?: boolean;
  /** Runs when a queue's messages are all on disk and none is acknowledged; rejecting leaves them in the queue. */
  readonly hold?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: DrainProgress) => void;
  readonly clock: Clock;
  /** Octets of the disk that stay free. Default 512 MiB. */
  readonly reserveBytes?: number;
  /** Octets after which a segment is sealed. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Unacknowledged messages at most: what comes again after a crash. Default 4,000. */
  readonly prefetch?: number;
  /** Milliseconds without a message, although there are some, that end the drain. Default 60,000. */
  readonly stallMs?: number;
  readonly disk?: Disk;
}

/** How far it is. */
export interface DrainProgress {
  readonly queue: string;
  /** Messages on disk in this session, and those that are to come in all queues, as far as they were counted. */
  readonly done: number;
  readonly total: number | null;
  readonly bytes: number;
}

/** How a drain ended. */
export interface DrainOutcome {
  readonly manifest: DrainManifest;
  /** The signal stopped it at a message boundary; the rest is still in the queues. */
  readonly interrupted: boolean;
  readonly queues: readonly DrainedOutcome[];
}

/** One queue of an outcome. */
export interface DrainedOutcome {
  readonly name: string;
  readonly expected: number | null;
  /** Messages on disk, proven second copies left out. */
  readonly drained: number;
  /** Of these, how many may be second copies. */
  readonly maybeTwice: number;
  /** `as-expected`, or what the count was compared with was another; `not-emptied` when it was stopped before. */
  readonly verdict: 'as-expected' | 'fewer' | 'more' | 'not-compared' | 'not-emptied';
  /** Ready messages that the broker counts in it afterwards. */
  readonly left: number;
}
