import type { StoredRecord } from './read-item.ts';

/** A published message that the broker has not settled yet. */
export interface Published {
  readonly record: StoredRecord;
  /** Set when it came back: the reason, in the broker's words. */
  returned: string | null;
  settled: 'confirmed' | 'refused' | null;
}

/** Keeps what is published and not settled, in order of publishing. */
export interface Confirms {
  published(record: StoredRecord): void;
  confirmed(tag: number, multiple: boolean, ok: boolean): void;
  /** The broker gave a message back: the earliest one with this address' key and body that did not come back yet. */
  returned(why: string, routingKey: Buffer, bodySize: number, body: Buffer): void;
  outstanding(): number;
  outstandingBytes(): number;
}

/** Calls `settled` once for each message, in order of publishing. */
export function createConfirms(settled: (published: Published) => void): Confirms {
  const window: Published[] = [];
  let head = 0;
  /** Delivery tag of `window[head]`; they count from 1. */
  let base = 1;
  let bytes = 0;
  const advance = (): void => {
    for (let first = window[head]; first !== undefined && first.settled !== null; first = window[head]) {
      head += 1;
      base += 1;
      bytes -= first.record.bodySize;
      settled(first);
    }
    if (head > 4_096) {
      window.splice(0, head);
      head = 0;
    }
  };
  return {
    published(record) {
      window.push({ record, returned: null, settled: null });
      bytes += record.bodySize;
    },
    confirmed(tag, multiple, ok) {
      // A broker may confirm what was never sent: as much as there is, and not as many as it says.
      const last = Math.min(tag, base + window.length - head - 1);
      for (let at = multiple ? base : tag; at <= last; at += 1) {
        const one = window[head + at - base];
        if (one !== undefined) one.settled ??= ok ? 'confirmed' : 'refused';
      }
      advance();
    },
    returned(why, routingKey, bodySize, body) {
      for (let at = head; at < window.length; at += 1) {
        const one = window[at];
        if (one?.returned !== null || one.record.bodySize !== bodySize) continue;
        if (one.record.body !== null && !one.record.body.equals(body)) continue;
        if (!one.record.address.subarray(-routingKey.length).equals(routingKey)) continue;
        one.returned = why;
        return;
      }
    },
    outstanding: () => window.length - head,
    outstandingBytes: () => bytes,
  };
}
