import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { openLink } from './amqp-link.ts';
import type { Published } from './confirms.ts';
import { countQueue } from './count-queue.ts';
import { indexDrain } from './index-drain.ts';
import { openLedger } from './ledger-writer.ts';
import { readManifest } from './manifest-reader.ts';
import type { RestoreOptions, RestoreOutcome } from './restore-options.ts';
import { moreThanSent } from './more-than-sent.ts';
import { openRestoreSession } from './restore-session.ts';
import { restoreTargets, type RestoreTargets } from './restore-targets.ts';
import { createRestoreTally, type RestoreTally } from './restore-tally.ts';
import { burstSize, sendAll } from './send-all-writer.ts';
import { dropRestoreExchange, makeRestoreExchange } from './temporary-exchange-writer.ts';

/**
 * Publishes a drain's messages: mandatory, confirmed, in each queue's order, at most a window of them unconfirmed. What
 * a ledger says is confirmed is not sent again, so that a repetition goes on where a crash was; what was announced and
 * not confirmed is sent again and counted as `maybeTwice`. Faults: `drain.damaged`, `restore.other-ledger`,
 * `restore.unknown-queue` (nothing was sent), `restore.stopped` (what was confirmed is said, and in the ledger).
 */
export async function restoreDrain(options: RestoreOptions): Promise<RestoreOutcome> {
  const { dir, vhost, to = 'queue' } = options;
  const read = await readManifest(dir);
  const { manifest, runs } = await indexDrain(dir, read);
  const chosen = choose(manifest.queues, options.queues);
  const targets = await restoreTargets(options, manifest, new Set(chosen));
  const places = placesOf(options, targets, chosen);
  const ledger = await openLedger(options.ledger ?? join(dir, 'restore.jsonl'));
  const tally = createRestoreTally(manifest, ledger.before);
  try {
    await ledger.begin({ drain: manifest.id, vhost, to, into: options.into ?? null });
    const total = chosen.reduce((sum, index) => sum + (manifest.queues[index]?.records ?? 0), 0);
    const report = (blocked: string | null): void => options.progress?.({ done: tally.restored(), total, blocked });
    const settled = (published: Published): void => {
      tally.settled(published);
      if (tally.untold() < burstSize) return;
      try {
        ledger.note(...tally.lines());
      } catch {
        // The next burst meets it.
      }
    };
    const session = await openRestoreSession(options, settled, report);
    let interrupted: boolean;
    let more = 0;
    let there = 0;
    try {
      for (const place of places) await makeRestoreExchange(session.link, manifest, place, targets.queues[place] ?? '');
      const ready: Record<string, number> = {};
      for (const place of places) {
        const name = targets.queues[place] ?? '';
        ready[name] = (await countQueue(session.link, name)).ready;
      }
      there = Object.entries(ready).reduce((sum, [queue, now]) => sum + (ledger.before.ready.get(queue) ?? now), 0);
      more = moreThanSent(ledger.before, ready, manifest, runs, to === 'queue' && options.into === undefined);
      await ledger.session(ready);
      const wanted = chosen.map((index) => runs[index] ?? []);
      interrupted = await sendAll({ options, session, ledger, tally, wanted, manifest, targets, report });
      for (const place of places) await dropRestoreExchange(session.link, manifest, place);
    } catch (error) {
      await ledger.failed(...tally.lines()).catch(() => undefined);
      await session.link.close();
      await tidy(options, manifest, places);
      throw stopped(error, tally);
    }
    await session.link.close();
    return { ...tally.outcome(), manifest, interrupted, more, there };
  } finally {
    await ledger.close();
  }
}

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
