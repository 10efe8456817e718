import { positionText, type BinlogPosition } from '../../core/binlog-position.ts';
import type { ReadingWork } from '../../core/ports-cdc.ts';
import { dumpBinlog } from '../mysql/binlog-dump.ts';
import type { BinlogFile } from '../mysql/binlog-server.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { followRows, type LoggedTable } from './log-rows.ts';

/** The log of a day, read once and then followed. */
export interface DayLog {
  /** Reads on to the log's end as it is now. */
  advance(): Promise<void>;
  /** Where the rows with some ids were last made or changed, `mysql-bin.000042:1234`, up to so many of them. Reads the log again. */
  placesOf(table: LoggedTable, ids: ReadonlySet<number>): Promise<ReadonlyMap<number, string>>;
  bytesRead(): number;
}

/** Opens the log at the beginning of a file. The tables' sets are kept up to date with it. */
export function openLog(
  access: MysqlAccess,
  from: BinlogPosition,
  files: readonly BinlogFile[],
  tables: readonly LoggedTable[],
  { signal, progress }: ReadingWork,
): DayLog {
  const rows = followRows(tables);
  const sinceMs = Date.now();
  const total = files
    .slice(files.findIndex(({ name }) => name === from.file))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  let at = from;
  let [bytesRead, done, events] = [0, 0, 0];
  return {
    bytesRead: () => bytesRead,
    advance: async () => {
      const ended = await dumpBinlog({
        access,
        from: at,
        signal,
        wants: (header) => rows.wants(header),
        event: (event) => {
          rows.take(event);
          done += event.header.size;
          events += 1;
          if ((events & 0x3f_ff) === 0) {
            const [label, shown] = [`reading ${event.file}`, Math.min(done, total)];
            progress({ label, done: shown, total, unit: 'bytes', sinceMs });
          }
          if (at.file !== event.file || event.end > at.offset) at = { file: event.file, offset: event.end };
          return true;
        },
      });
      bytesRead += ended.bytesRead;
    },
    placesOf: async (table, ids) => {
      const places = new Map<number, string>();
      // A set of its own: the one that is compared must not change.
      const again = { ...table, unread: 0, ids: scratch };
      let place = '';
      const follower = followRows([again], (_, id) => {
        if (ids.has(id)) places.set(id, place);
      });
      const ended = await dumpBinlog({
        access,
        from,
        signal,
        wants: (header) => follower.wants(header),
        event: (event) => {
          place = positionText({ file: event.file, offset: event.end - event.header.size });
          follower.take(event);
          return true;
        },
      });
      bytesRead += ended.bytesRead;
      return places;
    },
  };
}

/** Takes ids and keeps none. */
const scratch: LoggedTable['ids'] = {
  add: () => undefined,
  remove: () => undefined,
  has: () => false,
  addBlock: () => undefined,
  bitsOf: () => 0,
  blocks: () => [][Symbol.iterator](),
  size: 0,
};
