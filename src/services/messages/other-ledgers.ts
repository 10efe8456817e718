import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/json.ts';
import type { RestoreRequest, SentElsewhere } from '../../core/ports-messages.ts';
import { indexDrain } from './index-drain.ts';
import { readLedger, type LedgerReading } from './ledger-reader.ts';
import { machineBoot } from './machine-boot.ts';
import { readManifest } from './manifest-reader.ts';

/** Where a restore puts messages. */
type Place = Pick<RestoreRequest, 'vhost' | 'to' | 'into'>;

/** A ledger for each place: what was parked elsewhere, or put into another vhost, was not put back. */
export function ledgerName({ vhost, to, into }: Place): string {
  return `restore-${sha256(JSON.stringify([vhost, to, into])).slice(0, 12)}.jsonl`;
}

/** Ledgers of a drain's restores to other places than the one whose ledger is named. */
export async function otherLedgers(folder: string, own: string): Promise<readonly LedgerReading[]> {
  const names = (await readdir(folder)).filter((name) => /^restore-[0-9a-f]{12}\.jsonl$/.test(name) && name !== own);
  const boot = await machineBoot();
  return await Promise.all(names.map((name) => readLedger(join(folder, name), boot)));
}

/** Whether a record was, or may have been, sent. */
export function sentBy({ done, sending, left }: LedgerReading, record: number): boolean {
  return done.has(record) || (sending.has(record) && !left.has(record));
}

/** Counts what a restore would send although others have. Second copies that are proven count, too: the number is a bound. */
export async function countSentElsewhere(
  folder: string,
  request: Place & Pick<RestoreRequest, 'queues'>,
): Promise<SentElsewhere> {
  const own = ledgerName(request);
  const others = await otherLedgers(folder, own);
  if (others.length === 0) return { messages: 0, places: [] };
  const before = await readLedger(join(folder, own), await machineBoot());
  const manifest = await readManifest(folder);
  const { runs } = await indexDrain(folder, manifest);
  const places = new Set<string>();
  let messages = 0;
  for (const [index, queue] of manifest.queues.entries()) {
    if (request.queues !== null && !request.queues.includes(queue.name)) continue;
    for (const { first, records } of runs[index] ?? []) {
      for (let record = first; record < first + records; record += 1) {
        if (before.done.has(record)) continue;
        const by = others.filter((ledger) => sentBy(ledger, record));
        for (const { head } of by) if (head !== null) places.add(placeWords(head));
        if (by.length > 0) messages += 1;
      }
    }
  }
  return { messages, places: [...places] };
}

function placeWords({ vhost, to, into }: Place): string {
  const where = { queue: 'their queues', exchange: 'their exchanges', death: 'the queues in which they died' } as const;
  return `${into === null ? where[to] : `queue ${into}`} of vhost ${vhost}`;
}
