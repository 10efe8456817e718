import type { DumpedEvent } from '../mysql/binlog-dump.ts';
import { eventType, rowOperation, type RowOperation } from '../mysql/event-types.ts';
import type { EventHeader } from '../mysql/packet-framer.ts';
import { absentValue, nullValue, openRows, walkRows, type RowImages } from '../mysql/row-walker.ts';
import { readTableMap, tableId, type TableMap } from '../mysql/table-map.ts';
import { inflateMariadb } from '../mysql/transactions.ts';
import type { KnownTable } from './columns.ts';
import { createIdSet, type IdSet } from './id-set.ts';

/** Bounds of a day as a column's raw values compare with them: `from` is in it, `until` is not. */
export interface RawBounds {
  readonly from: number;
  readonly until: number;
}

/** A table with what the log says of its rows of the day. */
export interface LoggedTable {
  readonly known: KnownTable;
  /** For a TIMESTAMP: seconds since the epoch; for a DATETIME: see {@link packDatetime}. */
  readonly bounds: RawBounds;
  /** Rows of the day that were made and not deleted. */
  readonly ids: IdSet;
  /** Events, or rows, that could not be understood. */
  unread: number;
}

/** Follows the changes of some tables' rows through the events of one or more readings. */
export interface LogRows {
  wants(header: Readonly<EventHeader>): boolean;
  take(event: DumpedEvent): void;
}

/** Told of each row of the day that is made or changed. */
export type LoggedRow = (table: LoggedTable, id: number) => void;

/** A table as it begins. */
export function loggedTable(known: KnownTable, bounds: RawBounds): LoggedTable {
  return { known, bounds, ids: createIdSet(), unread: 0 };
}

/** A date and time as MySQL's DATETIME2 packs it into 40 bits; `civil` is it as if it were UTC, ms. */
export function packDatetime(civil: number): number {
  const date = new Date(civil);
  const months = date.getUTCFullYear() * 13 + date.getUTCMonth() + 1;
  const day = months * 32 + date.getUTCDate();
  const time = date.getUTCHours() * 4096 + date.getUTCMinutes() * 64 + date.getUTCSeconds();
  return day * 131_072 + time;
}

/** `told`, when given, hears of rows; the sets are kept either way. */
export function followRows(tables: readonly LoggedTable[], told?: LoggedRow): LogRows {
  const maps = new Map<number, { readonly map: TableMap; readonly raw: Buffer; readonly ours: LoggedTable | null }>();
  const byName = new Map(tables.map((table) => [table.known.name, table]));
  let wanted = false;
  let inMaps = false;

  const readMap = (body: Buffer): void => {
    const id = tableId(body);
    let known = maps.get(id);
    if (known === undefined || !known.raw.equals(body)) {
      const map = readTableMap(body);
      known = { map, raw: Buffer.from(body), ours: byName.get(`${map.schema}.${map.table}`) ?? null };
      maps.set(id, known);
    }
    // A statement's descriptions come together, before its rows.
    wanted = (inMaps && wanted) || known.ours !== null;
    inMaps = true;
  };

  return {
    wants: ({ type }) => type === eventType.tableMap || (wanted && rowOperation(type) !== null),
    take: ({ header, body }) => {
      if (header.type === eventType.tableMap) {
        if (body !== null) readMap(body);
        return;
      }
      const operation = rowOperation(header.type);
      if (operation === null) {
        if (header.type === eventType.formatDescription) maps.clear();
        // Their content is not looked into: what they did to these tables is not known.
        if (header.type === eventType.transactionPayload) for (const table of tables) table.unread += 1;
        inMaps = false;
        wanted = false;
        return;
      }
      inMaps = false;
      if (body === null) {
        // A single event of 16 MiB and more: whose rows it holds is not known when it is ours.
        if (wanted) for (const table of tables) table.unread += 1;
        return;
      }
      const found = maps.get(tableId(body));
      if (found?.ours != null) applyRows(found.ours, found.map, operation, header.type, body, told);
    },
  };
}

function applyRows(
  table: LoggedTable,
  map: TableMap,
  operation: RowOperation,
  type: number,
  body: Buffer,
  told: LoggedRow | undefined,
): void {
  const { known, bounds, ids } = table;
  if (map.types.length !== known.columns || type === eventType.partialUpdate) {
    table.unread += 1;
    return;
  }
  const images = imagesOf(type, body);
  const idType = map.types[known.idAt] ?? 0;
  const createdType = map.types[known.createdAt] ?? 0;
  let before = Number.NaN;
  const whole = walkRows(images, map, [known.idAt, known.createdAt], (image, at) => {
    const id = (at[0] ?? absentValue) >= 0 ? readId(images.body, at[0] ?? 0, idType) : Number.NaN;
    if (operation === 'update' && image === 0) {
      before = id;
      return;
    }
    if (operation === 'delete') {
      if (Number.isNaN(id)) table.unread += 1;
      else ids.remove(id);
      return;
    }
    // An image that leaves unchanged columns out has the id before the change only.
    const now = Number.isNaN(id) ? before : id;
    const createdAt = at[1] ?? absentValue;
    if (operation === 'update' && !Number.isNaN(before) && before !== now) ids.remove(before);
    if (createdAt === absentValue && operation === 'update' && before === now) return;
    const created = createdAt >= 0 ? readCreated(images.body, createdAt, createdType) : Number.NaN;
    if (Number.isNaN(now) || (Number.isNaN(created) && createdAt !== nullValue)) {
      table.unread += 1;
      return;
    }
    if (created >= bounds.from && created < bounds.until) {
      ids.add(now);
      told?.(table, now);
    } else if (operation === 'update') ids.remove(now);
  });
  if (!whole) table.unread += 1;
}

function imagesOf(type: number, body: Buffer): RowImages {
  const images = openRows(type, body);
  return type < 160 ? images : { ...images, body: inflateMariadb(body.subarray(images.at)), at: 0 };
}

/** A whole number that is not negative; NaN for others and for types that are none. */
function readId(body: Buffer, at: number, type: number): number {
  switch (type) {
    case 8: {
      const value = body.readUInt32LE(at) + body.readUInt32LE(at + 4) * 2 ** 32;
      return Number.isSafeInteger(value) ? value : Number.NaN;
    }
    case 3:
      return body.readUInt32LE(at);
    case 9:
      return body.readUIntLE(at, 3);
    case 2:
      return body.readUInt16LE(at);
    case 1:
      return body.readUInt8(at);
    default:
      return Number.NaN;
  }
}

/** A TIMESTAMP's seconds, or a DATETIME as {@link packDatetime} has it; NaN for other types. Fractions are left out. */
function readCreated(body: Buffer, at: number, type: number): number {
  switch (type) {
    case 7:
      return body.readUInt32LE(at);
    case 17:
      return body.readUInt32BE(at);
    case 18:
      // The highest bit says that it is not negative.
      return body.readUIntBE(at, 5) - 2 ** 39;
    case 12: {
      const digits = String(body.readBigUInt64LE(at)).padStart(14, '0');
      const part = (from: number, length: number): number => Number(digits.slice(from, from + length));
      return packDatetime(Date.UTC(part(0, 4), part(4, 2) - 1, part(6, 2), part(8, 2), part(10, 2), part(12, 2)));
    }
    default:
      return Number.NaN;
  }
}
