import { setTimeout as sleep } from 'node:timers/promises';
import { comesAgain, type DrainedQueue } from '../../core/drain.ts';
import { Fault } from '../../core/fault.ts';
import { openLink, type AmqpLink } from './amqp-link.ts';
import { checkQueues, checkRoom } from './check-queues.ts';
import { countQueue } from './count-queue.ts';
import { identityOf, type RecordPlace } from './delivery-identity.ts';
import { consumersAttached, drainStopped, notOnDisk } from './drain-stopped.ts';
import type { DrainedOutcome, DrainOptions, DrainOutcome } from './drain-options.ts';
import { takeQueue } from './drain-queue.ts';
import { openStore, type DrainStore } from './drain-store-writer.ts';
import { longlong, method, methodFrame, octet } from './frames.ts';
import { createIntake, type Intake, type Repeats } from './intake.ts';
import { openDrain, type OpenedDrain } from './open-drain-writer.ts';

const defaults = {
  prefetch: 4_000,
  reserveBytes: 512 * 1_048_576,
  segmentBytes: 64 * 1_048_576,
  stallMs: 60_000,
} as const;
const batch = { messages: 1_000, bytes: 4 << 20, inFlight: 16 << 20 } as const;
/** Records of each queue that are remembered one by one: what a broker that was killed can have forgotten the end of. */
const keptPlaces = 40_000;
/** How far behind the end of a queue's records a message that comes again can lie: no prefetch may be larger. */
const mostPrefetch = 65_535;

/**
 * Takes all messages of the queues to disk: written, synced, and only then acknowledged. Queue by queue, in order; the
 * end of a queue is the broker's own count. With a folder that holds an open drain of the same queues it goes on with
 * that. Faults: `drain.stream`, `drain.exclusive`, `drain.delivery-limit`, `drain.consumers`, `drain.no-room`,
 * `drain.damaged`, `drain.not-resumable` (nothing was taken) and `drain.stopped` (what is on disk is said).
 */
export async function drainQueues(options: DrainOptions): Promise<DrainOutcome> {
  const { queues, copy = false } = options;
  checkQueues(queues, copy);
  const prefetch = Math.min(options.prefetch ?? defaults.prefetch, mostPrefetch);
  const opened = await openDrain(options, keptPlaces);
  const waiting = queues.filter((_queue, index) => !isDone(opened.manifest.queues[index]));
  await checkRoom(options.dir, waiting, options.reserveBytes ?? defaults.reserveBytes);
  const store = openStore({
    dir: options.dir,
    manifest: opened.manifest,
    tail: opened.tail,
    disk: options.disk,
    segmentBytes: options.segmentBytes ?? defaults.segmentBytes,
  });
  let interrupted: boolean;
  const session = { intake: null as Intake | null };
  try {
    interrupted = await takeAll(options, opened, store, prefetch, session);
    await countLeft(options, store);
    if (interrupted) {
      await store.save();
      await store.abandon();
    } else await store.complete();
  } catch (error) {
    await store.abandon().catch(() => undefined);
    throw drainStopped(error, options, store.manifest(), session.intake);
  }
  return outcomeOf(store, interrupted);
}

async function takeAll(
  options: DrainOptions,
  opened: OpenedDrain,
  store: DrainStore,
  prefetch: number,
  session: { intake: Intake | null },
): Promise<boolean> {
  const { access, vhost, copy = false, signal, queues, stallMs = defaults.stallMs, hold } = options;
  const keeping = copy || hold !== undefined;
  let breakOff: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    breakOff = reject;
  });
  broken.catch(() => undefined);
  const held: { link: AmqpLink | null } = { link: null };
  const acknowledge = (tag: number): void => {
    const multiple = 1;
    held.link?.send(methodFrame(1, method.basicAck, longlong(tag), octet(multiple)));
  };
  const intake = createIntake(
    store,
    {
      acknowledge: keeping ? null : acknowledge,
      pause: () => held.link?.pause(),
      resume: () => held.link?.resume(),
      failed: (error) => breakOff(notOnDisk(options.dir, error)),
    },
    batch,
  );
  session.intake = intake;
  const link = await openLink(access, vhost, 'esr-ops drain', {
    ...intake,
    cancelled: () => breakOff(new Fault(cancelled())),
    failed: breakOff,
  });
  held.link = link;
  const progress = reporter(options, store, intake);
  try {
    for (const [index, { name, kind }] of queues.entries()) {
      const done = isDone(store.manifest().queues[index]);
      // A broker that was killed since may have forgotten acknowledgements, and holds the messages once more.
      if (done && (copy || opened.manifest.sessions === 1 || (await countQueue(link, name)).ready === 0)) continue;
      if (signal?.aborted === true) return true;
      const ready = await readyOf(link, options, name);
      intake.begin(index, await repeatsOf(store.manifest().queues[index], ready, opened.last[index] ?? []));
      const known = store.manifest().queues[index];
      if (ready === 0 && known?.state === 'waiting') {
        // Nothing to remember: after a crash it is counted again. A vhost may have thousands of these.
        store.queue(index, { state: copy ? 'copied' : 'emptied', atStart: 0 });
        continue;
      }
      store.queue(index, { state: 'draining', atStart: known?.atStart ?? ready });
      await store.save();
      const exclusive = kind === 'classic' && options.allowConsumers !== true;
      const how = await takeQueue({
        ...{ link, intake, queue: name, exclusive, broken, signal, ready, copy: keeping, stallMs },
        prefetch: keeping ? 0 : prefetch,
        progress: () => progress(name),
      });
      if (how === 'interrupted') return true;
      if (hold !== undefined) {
        await store.save();
        await Promise.race([hold(), broken]);
        acknowledge(intake.lastTag());
      }
      store.queue(index, { state: copy ? 'copied' : 'emptied' });
      await store.save();
    }
    return false;
  } finally {
    await link.close();
  }
}

/** Counts, and waits for the end of a former session's own consumer, which the broker may not have noticed yet. */
async function readyOf(link: AmqpLink, { allowConsumers, vhost }: DrainOptions, queue: string): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const { ready, consumers } = await countQueue(link, queue);
    if (consumers === 0 || allowConsumers === true) return ready;
    if (tries === 25) throw consumersAttached(vhost, queue, consumers);
    await sleep(200);
  }
}

async function repeatsOf(
  queue: DrainedQueue | undefined,
  ready: number,
  last: readonly RecordPlace[],
): Promise<Repeats> {
  if (queue === undefined || queue.records === 0) return { proven: [], maybe: new Set(), among: 0, blanket: 0 };
  const again = comesAgain(queue.atStart, queue.records - queue.again, ready, mostPrefetch);
  const places = again === 0 ? [] : last.slice(-(again ?? last.length));
  const identities = [];
  for (const place of places) identities.push(await identityOf(place));
  const provable = again !== null && places.length === again;
  return {
    proven: provable ? identities : null,
    maybe: new Set(identities.map(({ head }) => head)),
    among: again ?? ready,
    blanket: again !== null && !provable ? again : 0,
  };
}

function isDone(queue: DrainedQueue | undefined): boolean {
  return queue?.state === 'emptied' || queue?.state === 'copied';
}

function reporter(options: DrainOptions, store: DrainStore, intake: Intake): (queue: string) => void {
  const { queues, progress } = options;
  const known = queues.map(({ expected }) => expected);
  const total = known.every((count) => count !== null) ? known.reduce((sum, count) => sum + count, 0) : null;
  return (queue) => {
    const bytes = store.manifest().queues.reduce((sum, one) => sum + one.bytes, 0);
    progress?.({ queue, done: intake.safe(), total, bytes });
  };
}

/** Counts once more over a connection of its own: the first one's acknowledgements are settled by then. */
async function countLeft(options: DrainOptions, store: DrainStore): Promise<void> {
  const link = await openLink(options.access, options.vhost, 'esr-ops count', { failed: () => undefined });
  try {
    for (const [index, { name }] of store.manifest().queues.entries()) {
      store.queue(index, { left: (await countQueue(link, name)).ready });
    }
  } finally {
    await link.close();
  }
}

function outcomeOf(store: DrainStore, interrupted: boolean): DrainOutcome {
  const manifest = store.manifest();
  const queues = manifest.queues.map((queue): DrainedOutcome => {
    const { name, expected, maybeAgain: maybeTwice, left } = queue;
    const drained = queue.records - queue.again;
    return { name, expected, drained, maybeTwice, verdict: verdictOf(queue, drained), left: left ?? 0 };
  });
  return { manifest, interrupted, queues };
}

function verdictOf(queue: DrainedQueue, drained: number): DrainedOutcome['verdict'] {
  if (!isDone(queue)) return 'not-emptied';
  if (queue.expected === null) return 'not-compared';
  if (drained === queue.expected) return 'as-expected';
  return drained < queue.expected ? 'fewer' : 'more';
}

function cancelled(): ConstructorParameters<typeof Fault>[0] {
  return {
    code: 'drain.cancelled',
    message: 'RabbitMQ cancelled the consumer: the queue was deleted or moved.',
    exit: 'failed',
    next: ['esr-ops config check'],
  };
}
