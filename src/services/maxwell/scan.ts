import type { BinlogPosition } from '../../core/binlog-position.ts';
import { mariadbGtidSet, mysqlGtidSet } from '../../core/gtid-set.ts';
import type { NearbyEvent } from '../../core/locate.ts';
import { dumpBinlog, type DumpEnd, type DumpedEvent } from '../mysql/binlog-dump.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { readMariadbGtidList, readPreviousGtids } from '../mysql/event-bodies.ts';
import { eventName, eventType } from '../mysql/event-types.ts';
import { trackTransactions, wantsForTransactions, type Transaction } from '../mysql/transactions.ts';
import { findHeartbeats, type HeartbeatOwner } from './heartbeat-rows.ts';

/** What a scan tells of each transaction. */
export interface Scanned {
  readonly transaction: Transaction;
  /** Own heartbeat that it holds, ms since the epoch. */
  readonly heartbeat: number | null;
  /** GTIDs of all before it. A function, because the text is only needed for one of very many. */
  readonly gtidSetBefore: () => string | null;
  readonly gtidSetAfter: () => string | null;
  /** Last event before it, and its own last one. */
  readonly before: NearbyEvent | null;
  readonly last: NearbyEvent;
}

/** What to scan. */
export interface ScanOptions {
  readonly access: MysqlAccess;
  /** Beginning of a file, so that GTIDs are known from there. */
  readonly file: string;
  readonly owner: HeartbeatOwner;
  /** False ends the scan. */
  readonly transaction: (scanned: Scanned) => boolean;
  /** Every event before it is looked at further: its time and place. False ends the scan. */
  readonly event?: (event: DumpedEvent) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a file and those after it, headers mostly, and tells of transactions and own heartbeats. */
export function scanBinlog(options: ScanOptions): Promise<DumpEnd> {
  const { access, file, owner, signal } = options;
  const tracker = trackTransactions({ file, offset: 4 });
  const finder = findHeartbeats(owner);
  let gtids = mariadbGtidSet();
  let heartbeat: number | null = null;
  let previous: NearbyEvent | null = null;
  let beforeTransaction: NearbyEvent | null = null;
  return dumpBinlog({
    access,
    from: { file, offset: 4 },
    signal,
    wants: (header) =>
      header.type === eventType.previousGtids ||
      header.type === eventType.mariadbGtidList ||
      wantsForTransactions(header) ||
      finder.wants(header),
    event: (event) => {
      const { header, body } = event;
      if (options.event?.(event) === false) return false;
      if (header.type === eventType.previousGtids && body !== null) {
        gtids = mysqlGtidSet();
        gtids.reset(readPreviousGtids(body));
      } else if (header.type === eventType.mariadbGtidList && body !== null) gtids.reset(readMariadbGtidList(body));
      if (!tracker.open) beforeTransaction = previous;
      heartbeat = finder.look(event) ?? heartbeat;
      const transaction = tracker.next(event);
      previous = nearby(event);
      if (transaction === null) return true;
      const { gtid } = transaction;
      let added = false;
      const add = (): void => {
        if (!added && gtid !== null) gtids.add(gtid);
        added = true;
      };
      const goOn = options.transaction({
        transaction,
        heartbeat,
        gtidSetBefore: () => (added ? null : gtids.text()),
        gtidSetAfter: () => {
          add();
          return gtids.text();
        },
        before: beforeTransaction,
        last: previous,
      });
      add();
      heartbeat = null;
      return goOn;
    },
  });
}

function nearby({ header, file, end }: DumpedEvent): NearbyEvent {
  return { event: eventName(header.type), atMs: header.timestamp * 1000, end: positionOf(file, end) };
}

function positionOf(file: string, offset: number): BinlogPosition {
  return { file, offset };
}
