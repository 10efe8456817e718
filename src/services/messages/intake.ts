import { createHash, type Hash } from 'node:crypto';
import { identityHead, type DeliveryIdentity } from './delivery-identity.ts';
import type { DrainStore } from './drain-store-writer.ts';
import type { LinkHandler } from './amqp-link.ts';
import { isAddress } from './octets.ts';
import { recordFlag } from './record-format.ts';

/** What is expected to come again first in a queue. */
export interface Repeats {
  /** In this order, for certain second deliveries, none other; null when counting proves nothing. */
  readonly proven: readonly DeliveryIdentity[] | null;
  /** Digests of heads of which it can only be said that they may come again, when nothing is proven. */
  readonly maybe: ReadonlySet<string>;
  /** Deliveries at the beginning among which some may come again although the broker doesn't mark them so. */
  readonly among: number;
  /** Deliveries at the beginning that may all come again: more than are remembered one by one. */
  readonly blanket: number;
}

/** When deliveries are put on disk and acknowledged. */
export interface BatchLimits {
  /** Deliveries, or octets of bodies, from which a batch is synced while more come in. */
  readonly messages: number;
  readonly bytes: number;
  /** Octets on their way to the disk from which the socket is no longer read. */
  readonly inFlight: number;
}

/** Takes deliveries from a link into a store, and acknowledges what is on the disk. */
export interface Intake extends Required<Pick<LinkHandler, 'delivered' | 'header' | 'body' | 'settled'>> {
  /** From now on deliveries belong to this queue. */
  begin(queue: number, repeats: Repeats): void;
  /** Deliveries of this queue that were received completely, and octets of their bodies. */
  received(): { readonly messages: number; readonly bytes: number };
  /** Octets of bodies that ever came in, begun ones included: whether anything moves. */
  moved(): number;
  /** Deliveries that are received and neither acknowledged nor given back. */
  open(): number;
  /** Tag of the last delivery that was received completely. */
  lastTag(): number;
  /** Deliveries of this session that are on the disk. */
  safe(): number;
  /** Resolves when so many deliveries of this queue were received. */
  reached(messages: number): Promise<void>;
  /** Resolves when all that was received is on the disk and acknowledged. */
  flush(): Promise<void>;
}

/** How an intake acts on its link. */
export interface IntakeLink {
  /** Acknowledges all deliveries up to the tag; null keeps them unacknowledged (a copy). */
  readonly acknowledge: ((tag: number) => void) | null;
  pause(): void;
  resume(): void;
  /** The disk failed: nothing further is taken. */
  failed(error: Error): void;
}

/** An intake. Its order is the whole point: write, sync, and only then acknowledge. */
export function createIntake(store: DrainStore, link: IntakeLink, limits: BatchLimits): Intake {
  const emptyHash = createHash('sha256').digest('base64');
  let queue = 0;
  let repeats: Repeats = { proven: [], maybe: new Set(), among: 0, blanket: 0 };
  let seen = 0;
  let repeated = 0;
  let messages = 0;
  let bytes = 0;
  let tag = 0;
  let endedTag = 0;
  let ackedTag = 0;
  let safe = 0;
  let left = -1;
  let begun = false;
  let flags = 0;
  let redelivered = false;
  let bodyHash: Hash | null = null;
  let bodyDue = '';
  let address: Buffer = Buffer.alloc(0);
  let unsynced = 0;
  let unsyncedBytes = 0;
  let size = 0;
  let moved = 0;
  let committing: Promise<void> | null = null;
  let doubt = false;
  let broken: Error | null = null;
  let paused = false;
  let wanted: { at: number; resolve: () => void } | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking: NodeJS.Timeout | null = null;

  const fail = (error: unknown): void => {
    if (broken !== null) return;
    broken = error as Error;
    link.pause();
    link.failed(broken);
  };
  /** Not while a record is being received: a commit stands between records. */
  const commit = (): void => {
    if (committing !== null || left >= 0 || unsynced === 0 || broken !== null) return;
    const upTo = endedTag;
    unsynced = 0;
    unsyncedBytes = 0;
    const saved = doubt ? store.save() : Promise.resolve();
    doubt = false;
    committing = Promise.all([store.commit(), saved])
      .then(() => {
        committing = null;
        safe += upTo - ackedTag;
        ackedTag = upTo;
        if (link.acknowledge !== null) link.acknowledge(upTo);
        // More may have been handed to the disk since the commit began, and nothing else looks again.
        if (paused) resumeWhenWritten();
        if (unsynced >= limits.messages || unsyncedBytes >= limits.bytes) commit();
        else later();
      })
      .catch((error: unknown) => {
        fail(error);
      });
  };
  const later = (): void => {
    if (timer !== null || unsynced === 0) return;
    timer = setTimeout(() => {
      timer = null;
      commit();
    }, 5);
  };
  const mark = (properties: Buffer): number => {
    const place = seen;
    seen += 1;
    if (repeats.proven !== null) {
      const due = repeats.proven[place];
      if (due === undefined) return 0;
      if (due.head === identityHead(address, properties, size)) {
        // A broker that was killed forgets that it delivered a message: then it can be a new one that is the same.
        if (!redelivered) return recordFlag.maybeAgain;
        bodyHash = createHash('sha256');
        bodyDue = due.body;
        return recordFlag.again;
      }
      distrust();
    }
    if (place < repeats.blanket) return recordFlag.maybeAgain;
    if (repeats.maybe.size === 0 || (!redelivered && place >= repeats.among)) return 0;
    return repeats.maybe.has(identityHead(address, properties, size)) ? recordFlag.maybeAgain : 0;
  };
  /** What came is not what counting promised: what this session marked as repeated is only said to be possible. */
  const distrust = (): void => {
    repeats = { ...repeats, proven: null };
    const known = store.manifest().queues[queue];
    const session = store.manifest().sessions;
    if (repeated > 0 || bodyHash !== null) {
      store.queue(queue, {
        doubted: [...(known?.doubted ?? []).filter((one) => one !== session), session],
        again: (known?.again ?? 0) - repeated,
        maybeAgain: (known?.maybeAgain ?? 0) + repeated,
      });
      doubt = true;
    }
  };
  const end = (): void => {
    if (bodyHash !== null) {
      const body = size === 0 ? emptyHash : bodyHash.digest('base64');
      if (repeats.proven === null || bodyDue !== body) distrust();
      repeated += 1;
      bodyHash = null;
    }
    left = -1;
    const trusted = repeats.proven !== null || (flags & recordFlag.again) === 0;
    store.end(trusted ? flags : recordFlag.maybeAgain);
    endedTag = tag;
    messages += 1;
    bytes += size;
    unsynced += 1;
    unsyncedBytes += size;
    if (wanted !== null && messages >= wanted.at) {
      wanted.resolve();
      wanted = null;
    }
    if (unsynced >= limits.messages || unsyncedBytes >= limits.bytes) commit();
  };

  return {
    begin(index, again) {
      queue = index;
      repeats = again;
      seen = 0;
      repeated = 0;
      messages = 0;
      bytes = 0;
    },
    delivered(deliveryTag, again, from, at, to) {
      if (broken !== null) return;
      if (begun || left >= 0) throw new Error('a delivery begins within another');
      if (!isAddress(from, at, to)) throw new Error('a delivery has no exchange and routing key');
      begun = true;
      tag = deliveryTag;
      redelivered = again;
      address = from.subarray(at, to);
    },
    header(bodySize, from, at, to) {
      if (broken !== null) return;
      if (!begun) throw new Error('a content header belongs to no delivery');
      begun = false;
      left = bodySize;
      size = bodySize;
      flags = (redelivered ? recordFlag.redelivered : 0) | mark(from.subarray(at, to));
      store.begin(queue, flags, bodySize, address, from, at, to);
      if (bodySize === 0) end();
    },
    body(from, at, to) {
      if (broken !== null) return;
      if (to - at > left) throw new Error('a body is longer than its header said');
      bodyHash?.update(from.subarray(at, to));
      moved += to - at;
      store.body(from, at, to);
      left -= to - at;
      if (left === 0) end();
    },
    settled() {
      later();
      if (!paused && store.inFlight() > limits.inFlight) {
        paused = true;
        link.pause();
      }
      // Writes of a large body end without a commit: look again when they may have.
      if (paused) resumeWhenWritten();
    },
    received: () => ({ messages, bytes }),
    moved: () => moved,
    open: () => endedTag - ackedTag + (left >= 0 ? 1 : 0),
    lastTag: () => endedTag,
    safe: () => safe,
    reached: (at) =>
      messages >= at
        ? Promise.resolve()
        : new Promise((resolve) => {
            wanted = { at, resolve };
          }),
    async flush() {
      for (;;) {
        if (broken !== null) throw broken;
        if (committing !== null) await committing;
        else if (unsynced > 0 && left < 0) commit();
        else return;
      }
    },
  };

  function resumeWhenWritten(): void {
    if (!paused || broken !== null) return;
    if (store.inFlight() < limits.inFlight / 2) {
      paused = false;
      link.resume();
    } else if (looking === null) {
      looking = setTimeout(() => {
        looking = null;
        resumeWhenWritten();
      }, 2);
    }
  }
}
