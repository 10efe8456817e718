import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { openLink } from './amqp-link.ts';
import { countRecords, isAgain } from './count-records.ts';
import { drainedMessage } from './drained-message.ts';
import { shortText } from './frames.ts';
import { openLedger, type Ledger } from './ledger-writer.ts';
import { readManifest } from './manifest-reader.ts';
import { createPublishBuffer } from './publish-frames.ts';
import type { StoredRecord } from './read-item.ts';
import type { RestoreOptions, RestoreOutcome } from './restore-options.ts';
import { openRestoreSession, type RestoreSession } from './restore-session.ts';
import { restoredProperties } from './restored-properties.ts';
import { restoreTargets, type RestoreTargets } from './restore-targets.ts';
import { createRestoreTally, type RestoreTally } from './restore-tally.ts';
import { scanDrain } from './scan-drain.ts';
import { dropRestoreExchange, makeRestoreExchange, restoreExchange } from './temporary-exchange-writer.ts';

const defaults = { window: 8_000, windowBytes: 32 << 20 } as const;
/** From how many messages, or octets of bodies in memory, on they are announced in the ledger together: one sync each. */
const announcing = { messages: 4_000, bytes: 16 << 20 } as const;

/**
 * Publishes a drain's messages: mandatory, confirmed, in each queue's order, at most a window of them unconfirmed. What
 * a ledger says is confirmed is not sent again, so that a repetition goes on where a crash was; what was announced and
 * not confirmed is sent again and counted as `maybeTwice`. Faults: `drain.damaged`, `restore.other-ledger`,
 * `restore.unknown-queue` (nothing was sent), `restore.stopped` (what was confirmed is said, and in the ledger).
 */
export async function restoreDrain(options: RestoreOptions): Promise<RestoreOutcome> {
  const { dir, vhost, to = 'queue' } = options;
  const read = await readManifest(dir);
  const { manifest } = await countRecords(dir, read, 0);
  const chosen = choose(manifest.queues, options.queues);
  const targets = await restoreTargets(options, manifest, new Set(chosen));
  const places = placesOf(options, targets, chosen);
  const ledger = await openLedger(options.ledger ?? join(dir, 'restore.jsonl'));
  const tally = createRestoreTally(manifest, ledger.before);
  try {
    await begin(ledger, { drain: manifest.id, vhost, to });
    const session = await openRestoreSession(options, tally.settled);
    let interrupted: boolean;
    try {
      for (const place of places) await makeRestoreExchange(session.link, manifest, place, targets.queues[place] ?? '');
      interrupted = await sendAll(options, session, ledger, tally, new Set(chosen), manifest, targets);
      for (const place of places) await dropRestoreExchange(session.link, manifest, place);
    } catch (error) {
      await ledger.append(...tally.lines([])).catch(() => undefined);
      await session.link.close();
      await tidy(options, manifest, places);
      throw stopped(error, tally);
    }
    await session.link.close();
    return { ...tally.outcome(), manifest, interrupted };
  } finally {
    await ledger.close();
  }
}

async function sendAll(
  options: RestoreOptions,
  session: RestoreSession,
  ledger: Ledger,
  tally: RestoreTally,
  chosen: ReadonlySet<number>,
  manifest: RestoreOutcome['manifest'],
  targets: RestoreTargets,
): Promise<boolean> {
  const { access, dir, to = 'queue', park, signal, progress, window = defaults.window } = options;
  const buffer = createPublishBuffer(session.link);
  const exchanges = targets.queues.map((_queue, index) => shortText(restoreExchange(manifest, index)));
  const total = manifest.queues.reduce((sum, { records }, index) => sum + (chosen.has(index) ? records : 0), 0);
  const report = (): void => progress?.({ done: tally.restored(), total, blocked: session.blocked() });

  const select = (records: readonly StoredRecord[]): readonly StoredRecord[] =>
    records.filter((record) => {
      const queue = manifest.queues[record.queue];
      if (queue === undefined || !chosen.has(record.queue)) return false;
      if (isAgain(record, queue) || ledger.before.done.has(record.number)) return false;
      const why = targets.of(record) === null ? noTarget : (park?.(drainedMessage(record, queue)) ?? null);
      if (why !== null) tally.park(why);
      return why === null;
    });
  const announce = async (records: readonly StoredRecord[]): Promise<readonly StoredRecord[]> => {
    await ledger.append(...tally.lines(records.map(({ number }) => number)));
    return records;
  };
  const send = async (records: readonly StoredRecord[]): Promise<void> => {
    for (const record of records) {
      if (session.confirms.outstanding() >= window || session.confirms.outstandingBytes() >= defaults.windowBytes) {
        buffer.flush();
        await session.below(Math.floor(window * 0.75), defaults.windowBytes / 2);
        report();
      }
      const { address } = record;
      const keyAt = 1 + address.readUInt8(0);
      const { octets, changes } = restoredProperties(
        record.properties,
        access.user,
        to === 'exchange' ? 'exchange' : 'queue',
      );
      tally.sent(record, changes);
      session.confirms.published(record);
      const exchange = to === 'exchange' ? address.subarray(0, keyAt) : exchanges[targets.of(record) ?? -1];
      if (exchange === undefined) continue;
      const streaming = buffer.add(record, exchange, address.subarray(keyAt), octets);
      if (streaming !== null) await streaming;
    }
    if (!buffer.flush()) await session.link.drained();
    const failure = session.failure();
    if (failure !== null) throw failure;
  };

  // The next messages are announced on disk while the ones before are on their way.
  let next: Promise<readonly StoredRecord[]> = Promise.resolve([]);
  let chosenRecords: StoredRecord[] = [];
  let octets = 0;
  const pass = async (): Promise<void> => {
    const ready = next;
    const announced = chosenRecords;
    chosenRecords = [];
    octets = 0;
    next = ready.then(() => announce(announced));
    next.catch(() => undefined);
    await send(await ready);
  };
  for await (const records of scanDrain(dir, manifest)) {
    for (const record of select(records)) {
      chosenRecords.push(record);
      octets += record.body?.length ?? 0;
    }
    if (chosenRecords.length >= announcing.messages || octets >= announcing.bytes) await pass();
    if (signal?.aborted === true) break;
  }
  if (signal?.aborted !== true) await pass();
  const last = await next;
  if (signal?.aborted !== true) await send(last);
  await session.below(0, 0);
  await ledger.append(...tally.lines([]));
  report();
  return signal?.aborted === true;
}

/** Why a dead letter is held back that does not say where it died. */
export const noTarget = 'it does not say in which queue it died';

/** The exchanges that are needed: one for each chosen queue, or for each target. */
function placesOf(
  { into, to = 'queue' }: RestoreOptions,
  targets: RestoreTargets,
  chosen: readonly number[],
): readonly number[] {
  if (to === 'queue' && into === undefined) return chosen;
  return [...targets.queues.keys()];
}

function choose(queues: RestoreOutcome['manifest']['queues'], names: readonly string[] | undefined): readonly number[] {
  if (names === undefined) return queues.flatMap(({ records }, index) => (records > 0 ? [index] : []));
  return names.map((name) => {
    const index = queues.findIndex((queue) => queue.name === name);
    if (index >= 0) return index;
    throw new Fault({
      code: 'restore.unknown-queue',
      message: `The drain holds no queue ${JSON.stringify(name)}.`,
      where: name,
      exit: 'usage',
      next: ['esr-ops vhost drains'],
    });
  });
}

async function begin(
  ledger: Ledger,
  head: { readonly drain: string; readonly vhost: string; readonly to: 'queue' | 'exchange' | 'death' },
): Promise<void> {
  const there = ledger.before.head;
  if (there === null) {
    await ledger.append({ format: 1, ...head });
    return;
  }
  if (there.drain === head.drain && there.vhost === head.vhost && there.to === head.to) return;
  throw new Fault({
    code: 'restore.other-ledger',
    message: `The ledger is of a restore to the vhost ${JSON.stringify(there.vhost)} (${there.to}) of the drain ${there.drain}: what it says is confirmed does not count here. Nothing was sent.`,
    exit: 'blocked',
    next: ['esr-ops vhost drains'],
  });
}

/** Removes the temporary exchanges over a new connection; a broker that is gone has lost them itself. */
async function tidy(
  { access, vhost }: RestoreOptions,
  manifest: RestoreOutcome['manifest'],
  chosen: readonly number[],
): Promise<void> {
  try {
    const link = await openLink(access, vhost, 'esr-ops restore', { failed: () => undefined });
    for (const queue of chosen) await dropRestoreExchange(link, manifest, queue);
    await link.close();
  } catch {
    // The next session uses or removes them.
  }
}

function stopped(error: unknown, tally: RestoreTally): Error {
  if (!(error instanceof Fault)) return error as Error;
  const [{ code, message, details, exit, where, next = [] }] = error.problems;
  const { restored, unconfirmed } = { restored: tally.restored(), unconfirmed: tally.unconfirmed() };
  return new Fault({
    code: code.startsWith('restore.') ? code : 'restore.stopped',
    message: `${message} ${restored} messages were confirmed in this session; ${unconfirmed} were on their way and may be there.`,
    ...(where === undefined ? {} : { where }),
    details: { cause: code, because: details ?? null, restored, unconfirmed },
    exit,
    next: ['esr-ops resume', ...next],
  });
}
