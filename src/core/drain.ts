import { digestOf, type Json } from './json.ts';

/** Kind of a queue, as the broker declares it. */
export type QueueKind = 'classic' | 'quorum' | 'stream';

/** A part of a drain's messages, sealed: it never changes again. */
export interface DrainSegment {
  /** File name in the drain's folder; the number in it counts from 1 without gaps. */
  readonly name: string;
  readonly bytes: number;
  /** Records in it, and the number of the first (they count from 0 through the whole drain). */
  readonly records: number;
  readonly firstRecord: number;
  readonly sha256: string;
}

/** What is known of one queue of a drain. Its place in the list is its index in the records. */
export interface DrainedQueue {
  readonly name: string;
  readonly kind: QueueKind;
  /** Messages that it was expected to hold (management API, ready and unacknowledged); null when unknown. */
  readonly expected: number | null;
  /** Ready messages when the drain first came to it, as the broker counted; null before. */
  readonly atStart: number | null;
  /**
   * `waiting` not begun · `draining` begun · `emptied` the broker counted none left · `copied` all that were there are
   * on disk and went back to the queue.
   */
  readonly state: 'waiting' | 'draining' | 'emptied' | 'copied';
  /** Records of this queue on disk, and octets of their bodies. Second copies are among them. */
  readonly records: number;
  readonly bytes: number;
  /** Records that are proven to be second deliveries of another record; reading leaves them out. */
  readonly again: number;
  /** Records that may be second deliveries; reading keeps them. */
  readonly maybeAgain: number;
  /** Ready messages that the broker counted in it when all queues were done; null before. */
  readonly left: number | null;
  /** Sessions whose records marked as second deliveries turned out not to be provable: they count as `maybeAgain`. */
  readonly doubted: readonly number[];
}

/** `manifest.json` of a drain. Rewritten as a whole, atomically. */
export interface DrainManifest {
  readonly format: 1;
  /** 32 hex digits; in every segment and, shortened, in every record. */
  readonly id: string;
  readonly vhost: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly mode: 'drain' | 'copy';
  /** Times that a program worked on it: the first, and each resumption. */
  readonly sessions: number;
  /** `complete`: every queue is emptied or copied and all segments are sealed. */
  readonly state: 'open' | 'complete';
  readonly queues: readonly DrainedQueue[];
  readonly segments: readonly DrainSegment[];
}

/** Digest of a manifest, kept beside it in the file so that an edited one is noticed. */
export function manifestDigest(manifest: DrainManifest): string {
  return digestOf(manifest as unknown as Json);
}

/** File name of a segment. */
export function segmentName(number: number): string {
  return `segment-${String(number).padStart(6, '0')}.esrq`;
}

/**
 * How many messages at the end of what a queue has on disk were never acknowledged, and come again first. It follows
 * from counting alone when nobody else had access: what was there at the start, less what is on disk, should be left;
 * whatever is left beyond that comes again. Null when counting can't explain what is left (somebody published or
 * consumed, messages expired): then nothing is provable.
 */
export function comesAgain(atStart: number | null, onDisk: number, left: number, atMost: number): number | null {
  if (atStart === null) return onDisk === 0 ? 0 : null;
  const again = left + onDisk - atStart;
  return again < 0 || again > Math.min(onDisk, atMost) ? null : again;
}

/**
 * What is not as it was counted, in sentences. The broker's exact count when the queue was begun decides; the management
 * API's runs some seconds behind, and is only told beside it.
 */
export function drainRemarks({ queues, mode }: DrainManifest): readonly string[] {
  return queues.flatMap(({ name, records, again, atStart, expected, left, state }) => {
    const drained = records - again;
    // Of a copy the messages themselves are still there.
    const more = (left ?? 0) - (mode === 'copy' ? drained : 0);
    const done = state === 'emptied' || state === 'copied';
    const late = done && more > 0 ? [`${name}: ${more} more came in meanwhile`] : [];
    if (atStart === null || drained === atStart) return late;
    const beside = expected === null ? '' : ` (the management API had said ${expected})`;
    return [`${name}: ${drained} drained, and ${atStart} were there when it was begun${beside}`, ...late];
  });
}
