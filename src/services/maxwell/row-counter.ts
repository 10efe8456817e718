import { Fault } from '../../core/fault.ts';
import type { RowTally, TalliedTable } from '../../core/row-tally.ts';
import type { DumpedEvent } from '../mysql/binlog-dump.ts';
import { countImages } from '../mysql/count-images.ts';
import { eventType, rowOperation } from '../mysql/event-types.ts';
import type { EventHeader } from '../mysql/packet-framer.ts';
import { openRows } from '../mysql/row-walker.ts';
import { readTableMap, tableId, type TableMap } from '../mysql/table-map.ts';
import { inflateMariadb } from '../mysql/transactions.ts';

/** Counts the rows of each event into a tally. */
export interface RowCounter {
  wants(header: Readonly<EventHeader>): boolean;
  /** Rows that the event holds and that would be sent. */
  count(event: DumpedEvent): number;
  /** Events whose rows could not be told apart. */
  uncounted(): number;
}

/** A counter for one reading. */
export function countIntoTally(tally: RowTally): RowCounter {
  const tables = new Map<number, { readonly map: TableMap; readonly entry: TalliedTable; readonly raw: Buffer }>();
  let uncounted = 0;

  return {
    wants: ({ type }) => type === eventType.tableMap || rowOperation(type) !== null,
    uncounted: () => uncounted,
    count: ({ header, body }) => {
      if (header.type === eventType.tableMap) {
        if (body === null) return 0;
        const id = tableId(body);
        // The same description stands before every statement's rows.
        if (tables.get(id)?.raw.equals(body) === true) return 0;
        const map = readTableMap(body);
        tables.set(id, { map, entry: tally.table(map.schema, map.table), raw: Buffer.from(body) });
        return 0;
      }
      if (header.type === eventType.formatDescription) tables.clear();
      if (header.type === eventType.transactionPayload)
        throw new Fault({
          code: 'binlog.compressed',
          message: `The log holds compressed transactions (binlog_transaction_compression): their rows can't be counted.`,
          exit: 'blocked',
          next: ['count with mysqlbinlog --verbose, or choose a window without them'],
        });
      const operation = rowOperation(header.type);
      if (operation === null) return 0;
      const table = body === null ? undefined : tables.get(tableId(body));
      const entry = table?.entry ?? tally.table('(unknown)', '(unknown)');
      const rows = table === undefined || body === null ? null : rowsIn(header.type, body, table.map);
      if (rows === null) uncounted += 1;
      tally.add(entry, operation, rows ?? 1, header.timestamp);
      return entry.sent ? (rows ?? 1) : 0;
    },
  };
}

function rowsIn(type: number, body: Buffer, map: TableMap): number | null {
  if (type === eventType.partialUpdate) return null;
  const images = openRows(type, body);
  if (type < 160) return countImages(images, map);
  const plain = inflateMariadb(body.subarray(images.at));
  return countImages({ ...images, body: plain, at: 0 }, map);
}
