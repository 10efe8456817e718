import { join } from 'node:path';
import { drainRemarks } from '../../core/drain.ts';
import type { Progress } from '../../core/host.ts';
import type { Clock } from '../../core/ports.ts';
import type { MessagesWriter, RestoreResult } from '../../core/ports-messages.ts';
import { segment, type RabbitAccess } from '../rabbitmq/access.ts';
import { createWriteTransport } from '../rabbitmq/write-transport.ts';
import { ensureFolder } from '../state/folders.ts';
import { checkTargets } from './check-targets.ts';
import { drainQueues } from './drain-writer.ts';
import type { DrainedMessage } from './drained-message.ts';
import { drainFolder } from './messages-reader.ts';
import { ledgerName, otherLedgers, sentBy } from './other-ledgers.ts';
import type { RestoreOutcome } from './restore-options.ts';
import { restoreDrain } from './restore-writer.ts';
import { noTarget, sentElsewhere } from './send-all-writer.ts';

/** Which messages are CDC's, and where in their body the time is. */
export interface CdcMessages {
  /** Exchange that CDC publishes to. */
  readonly exchange: string;
  /** Property of the JSON body with seconds since the epoch; Maxwell's is `ts`. */
  readonly timestamp: string;
}

/** Drains into and restores from folders in `dir` (`<stateDir>/<environment>/drains`). */
export function createMessagesWriter(
  access: RabbitAccess,
  dir: string,
  clock: Clock,
  cdc: CdcMessages,
): MessagesWriter {
  return {
    drain: async (request, work) => {
      const folder = drainFolder(dir, request.drain);
      await ensureFolder(dir);
      await ensureFolder(folder);
      const sinceMs = clock.now();
      const outcome = await drainQueues({
        access,
        vhost: request.vhost,
        queues: request.queues.map((queue) => ({ ...queue, expected: queue.messages, expectedBytes: queue.bytes })),
        dir: folder,
        copy: request.copy,
        allowConsumers: request.allowConsumers,
        ...(request.checkTargets ? { hold: () => checkTargets(access, request.vhost, folder) } : {}),
        signal: work.signal,
        progress: ({ queue, done, total }) => work.progress(progressOf(`draining ${queue}`, done, total, sinceMs)),
        clock,
      });
      return {
        interrupted: outcome.interrupted,
        messages: sum(outcome.queues, (queue) => queue.drained),
        bytes: sum(outcome.manifest.queues, (queue) => queue.bytes),
        maybeTwice: sum(outcome.queues, (queue) => queue.maybeTwice),
        remarks: drainRemarks(outcome.manifest),
      };
    },
    restore: async (request, work) => {
      const folder = drainFolder(dir, request.drain);
      const sinceMs = clock.now();
      const others = request.unsent ? await otherLedgers(folder, ledgerName(request)) : [];
      const outcome = await restoreDrain({
        access,
        vhost: request.vhost,
        dir: folder,
        ...(request.queues === null ? {} : { queues: request.queues }),
        ...(request.into === null ? {} : { into: request.into }),
        ledger: join(folder, ledgerName(request)),
        to: request.to,
        skip: (record) => others.some((ledger) => sentBy(ledger, record)),
        ...(request.skipReplayedFrom === null ? {} : { park: replayed(request.skipReplayedFrom, cdc) }),
        signal: work.signal,
        progress: ({ done, total, blocked }) =>
          work.progress(
            progressOf(blocked === null ? 'restoring' : `the broker takes none: ${blocked}`, done, total, sinceMs),
          ),
      });
      return {
        interrupted: outcome.interrupted,
        restored: outcome.restored,
        earlier: outcome.earlier,
        parked: {
          replayed: outcome.parked[replaySendsIt] ?? 0,
          noPlace: outcome.parked[noTarget] ?? 0,
          elsewhere: outcome.parked[sentElsewhere] ?? 0,
        },
        left: leftOf(outcome),
        maybeTwice: outcome.maybeTwice,
        remarks: [...changesOf(outcome), ...moreOf(outcome)],
      };
    },
    declareQueue: async (vhost, queue) => {
      const path = `/api/queues/${segment(vhost)}/${segment(queue)}`;
      await createWriteTransport(access).send('PUT', path, { body: { durable: true, arguments: {} } });
    },
  };
}

function progressOf(label: string, done: number, total: number | null, sinceMs: number): Progress {
  return { label, done, total, unit: 'messages', sinceMs };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}

/** Why a message of CDC is held back. */
const replaySendsIt = 'the replay sends it again';

function leftOf({ left }: RestoreOutcome): RestoreResult['left'] {
  const counts = new Map<string, RestoreResult['left'][number]>();
  for (const { queue, said } of left) {
    const key = `${queue}\0${said}`;
    counts.set(key, { queue, said, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** Holds back what CDC's replay from that time on sends again. What can't be read is sent: twice is better than lost. */
function replayed(fromMs: number, cdc: CdcMessages): (message: DrainedMessage) => string | null {
  return (message) => {
    if (message.exchange.toString() !== cdc.exchange || message.body === null) return null;
    try {
      const seconds = (JSON.parse(message.body.toString('utf8')) as Record<string, unknown>)[cdc.timestamp];
      return typeof seconds === 'number' && seconds * 1000 >= fromMs ? replaySendsIt : null;
    } catch {
      return null;
    }
  };
}

const changeWords = {
  'user-id-dropped': 'without its user_id, which the broker takes from its own user only',
  'cc-moved': 'with CC moved to x-esr-ops-cc, as it would deliver to other queues again',
  'bcc-moved': 'with BCC moved to x-esr-ops-bcc, as the broker would remove it',
  'expiration-restarts': 'with a time to live that begins anew',
} as const;

function moreOf({ more, there }: RestoreOutcome): readonly string[] {
  const before = there === 0 ? [] : [`${there} message(s) were in the queues before the first was put back`];
  if (more === 0) return before;
  return [
    ...before,
    `${more} message(s) more were there than an earlier session can have put back: others published them, or a broker that was killed has brought back what was drained`,
  ];
}

function changesOf(outcome: RestoreOutcome): readonly string[] {
  return (Object.keys(changeWords) as (keyof typeof changeWords)[]).flatMap((kind) => {
    const changed = outcome.changed[kind];
    return changed === undefined ? [] : [`${changed.count} message(s) ${changeWords[kind]}`];
  });
}
