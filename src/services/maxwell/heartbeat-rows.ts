import type { DumpedEvent } from '../mysql/binlog-dump.ts';
import { eventType, rowOperation } from '../mysql/event-types.ts';
import type { EventHeader } from '../mysql/packet-framer.ts';
import { locateValues, openRows } from '../mysql/row-walker.ts';
import { readTableMap, tableId, type TableMap } from '../mysql/table-map.ts';

/** Which rows of `heartbeats` are one Maxwell's own. */
export interface HeartbeatOwner {
  readonly clientId: string;
  /** Server ids under which it may write: the server's own, and 0 in GTID mode. */
  readonly serverIds: readonly number[];
  readonly schemaDatabase: string;
  /** The table's columns in their order. */
  readonly columns: readonly string[];
}

/** Looks for own heartbeats in the events of one reading. */
export interface HeartbeatFinder {
  /** Whether the event must be read to find one. */
  wants(header: Readonly<EventHeader>): boolean;
  /** The heartbeat that this event holds, ms since the epoch; null for every other event. */
  look(event: DumpedEvent): number | null;
}

/** Descriptions and rows of that table are small; everything larger is another table's. */
const largestMap = 512;
const largestRows = 2_048;

/** A finder for one Maxwell. It reads descriptions of tables and, of rows, only those of `heartbeats`. */
export function findHeartbeats(owner: HeartbeatOwner): HeartbeatFinder {
  const [schema, table] = [Buffer.from(owner.schemaDatabase), Buffer.from('heartbeats')];
  const name = Buffer.concat([Buffer.of(schema.length), schema, Buffer.of(0, table.length), table, Buffer.of(0)]);
  const column = (wanted: string): number => owner.columns.indexOf(wanted);
  const [serverAt, clientAt, heartbeatAt] = [column('server_id'), column('client_id'), column('heartbeat')];
  let id = -1;
  let map: TableMap | null = null;

  const read = (event: DumpedEvent, body: Buffer, of: TableMap): number | null => {
    const images = openRows(event.header.type, body);
    let found: number | null = null;
    let at = images.at;
    while (at < body.length) {
      for (let image = 0; image < images.present.length; image += 1) {
        const row = locateValues({ ...images, at }, of, image);
        if (row === null) return found;
        at = row.next;
        if (image + 1 < images.present.length) continue;
        const value = (index: number): Buffer | null => {
          const place = row.values[index];
          return place === undefined || place === null ? null : body.subarray(place.at, place.at + place.length);
        };
        const heartbeat = value(heartbeatAt);
        if (heartbeat?.length !== 8 || !owner.serverIds.includes(value(serverAt)?.readUInt32LE(0) ?? -1)) continue;
        // Installs from before clients had names have one client.
        const client = clientAt < 0 ? 'maxwell' : value(clientAt)?.toString('latin1', 1);
        if (client === owner.clientId) found = Number(heartbeat.readBigInt64LE(0));
      }
    }
    return found;
  };

  return {
    wants: ({ type, size }) =>
      type === eventType.tableMap
        ? size <= largestMap
        : map !== null && size <= largestRows && rowOperation(type) !== null,
    look: (event) => {
      const { header, body } = event;
      if (header.type === eventType.tableMap) {
        if (body?.subarray(8, 8 + name.length).equals(name) === true) {
          id = tableId(body);
          map = readTableMap(body);
        }
        return null;
      }
      if (header.type === eventType.xid || header.type === eventType.formatDescription) map = null;
      if (map === null || body === null || rowOperation(header.type) === null || tableId(body) !== id) return null;
      return rowOperation(header.type) === 'delete' ? null : read(event, body, map);
    },
  };
}
