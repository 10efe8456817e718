import type { DrainManifest } from '../../core/drain.ts';
import { isAgain } from './count-records.ts';
import { drainedMessage } from './drained-message.ts';
import { shortText } from './frames.ts';
import type { Ledger } from './ledger-writer.ts';
import { createPublishBuffer } from './publish-frames.ts';
import { rangesOf } from './ranges.ts';
import type { StoredRecord } from './read-item.ts';
import type { RecordRun } from './record-runs.ts';
import type { RestoreOptions } from './restore-options.ts';
import type { RestoreSession } from './restore-session.ts';
import type { RestoreTally } from './restore-tally.ts';
import type { RestoreTargets } from './restore-targets.ts';
import { mayBeCopied, restoredProperties } from './restored-properties.ts';
import { sideBySide } from './side-by-side.ts';
import { restoreExchange } from './temporary-exchange-writer.ts';

const defaults = { window: 4_000, windowBytes: 32 << 20 } as const;
/** From how many messages, or octets of bodies in memory, on they are announced in the ledger together: one sync each. */
const announcing = { messages: 4_000, bytes: 16 << 20 } as const;
/** Name of the exchange that brings each message to the queue that its routing key names. */
const defaultExchange = shortText('');
/** Messages that are noted and sent together: what a kill makes uncertain beyond what is unconfirmed. */
export const burstSize = 250;

/** What is to be sent, and where what happens to it is kept. */
export interface Sending {
  readonly options: RestoreOptions;
  readonly session: RestoreSession;
  readonly ledger: Ledger;
  readonly tally: RestoreTally;
  /** Of each queue that was chosen, where its records lie. */
  readonly wanted: readonly (readonly RecordRun[])[];
  readonly manifest: DrainManifest;
  readonly targets: RestoreTargets;
  readonly report: (blocked: string | null) => void;
}

/**
 * Sends everything that the ledger doesn't know to be confirmed: announced on the disk first, noted before it goes to
 * the socket. True when the signal stopped it: then all that was sent is confirmed.
 */
export async function sendAll(sending: Sending): Promise<boolean> {
  const { options, session, ledger, tally, manifest, targets, report } = sending;
  const { access, to = 'queue', signal, window = defaults.window } = options;
  const buffer = createPublishBuffer(session.link, () => session.writable());
  const exchanges = targets.queues.map((_queue, index) => shortText(restoreExchange(manifest, index)));
  const byDefault = targets.queues.map((queue) => Buffer.concat([defaultExchange, shortText(queue)]));

  const place = to === 'exchange' ? 'exchange' : 'queue';
  const publish = (record: StoredRecord, octets: Buffer): Promise<void> | null => {
    const { address } = record;
    const keyAt = 1 + address.readUInt8(0);
    const target = targets.of(record) ?? -1;
    // What the default exchange brought to this queue alone, it brings there again: its own exchange is kept, and faster.
    const asBefore = to === 'exchange' || (byDefault[target]?.equals(address) === true && !mayBeCopied(octets));
    const exchange = asBefore ? address.subarray(0, keyAt) : exchanges[target];
    if (exchange === undefined) return null;
    session.confirms.published(record);
    return buffer.add(record, exchange, address.subarray(keyAt), octets);
  };
  const send = async (records: readonly StoredRecord[]): Promise<void> => {
    for (const now of bursts(records, Math.min(burstSize, Math.ceil(window / 2)))) {
      if (signal?.aborted === true) return;
      await session.below(window - now.length, defaults.windowBytes / 2);
      const octets = now.map((record) => {
        const restored = restoredProperties(record.properties, access.user, place);
        tally.sent(record, restored.changes);
        return restored.octets;
      });
      ledger.note(...tally.lines());
      for (const [index, record] of now.entries()) {
        const streaming = publish(record, octets[index] ?? record.properties);
        if (streaming !== null) await streaming;
      }
      if (!buffer.flush()) await session.writable();
      report(session.blocked());
    }
  };

  // The next messages are announced on disk while the ones before are on their way.
  let ready: Promise<readonly StoredRecord[]> = Promise.resolve([]);
  for await (const records of strides(sending)) {
    if (signal?.aborted === true) break;
    const before = ready;
    ready = before
      .then(() => ledger.append({ sending: rangesOf(records.map(({ number }) => number)) }))
      .then(() => records);
    ready.catch(() => undefined);
    await send(await before);
  }
  await send(await ready);
  await session.below(0, 0);
  await ledger.append(...tally.lines(), { ended: 'done' });
  report(session.blocked());
  return signal?.aborted === true;
}

/** At most so many messages, or a quarter of the window's octets, at a time. */
function* bursts(records: readonly StoredRecord[], size: number): Generator<readonly StoredRecord[], void> {
  let octets = 0;
  let from = 0;
  for (const [at, { bodySize }] of records.entries()) {
    octets += bodySize;
    if (at + 1 - from < size && octets < defaults.windowBytes / 4) continue;
    yield records.slice(from, at + 1);
    from = at + 1;
    octets = 0;
  }
  if (from < records.length) yield records.slice(from);
}

/** What is to be sent, in parts that are announced together. What is held back is told to the tally. */
async function* strides({
  options: { park, skip },
  ledger,
  tally,
  wanted,
  manifest,
  targets,
}: Sending): AsyncGenerator<readonly StoredRecord[], void> {
  let stride: StoredRecord[] = [];
  let octets = 0;
  for await (const records of sideBySide(wanted, manifest.id)) {
    for (const record of records) {
      const queue = manifest.queues[record.queue];
      if (queue === undefined || isAgain(record, queue) || ledger.before.done.has(record.number)) continue;
      const why =
        skip?.(record.number) === true
          ? sentElsewhere
          : targets.of(record) === null
            ? noTarget
            : (park?.(drainedMessage(record, queue)) ?? null);
      if (why !== null) {
        tally.park(why);
        continue;
      }
      stride.push(record);
      octets += record.body?.length ?? 0;
    }
    if (stride.length < announcing.messages && octets < announcing.bytes) continue;
    yield stride;
    stride = [];
    octets = 0;
  }
  if (stride.length > 0) yield stride;
}

/** Why a message is left out that a restore to another place has sent. */
export const sentElsewhere = 'it was sent to another place';

/** Why a dead letter is held back that does not say where it died. */
export const noTarget = 'it does not say in which queue it died';
