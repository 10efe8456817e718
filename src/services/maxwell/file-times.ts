import type { BinlogFile } from '../mysql/binlog-server.ts';
import { eventType } from '../mysql/event-types.ts';
import { dumpBinlog } from '../mysql/binlog-dump.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { findHeartbeats, type HeartbeatOwner } from './heartbeat-rows.ts';

/** When a file begins. */
export interface FileTime {
  /** Header time of its first real event, ms: when it was created, or when the statement began that filled the one before. */
  readonly createdMs: number;
  /** First own heartbeat near its beginning, ms; null when there is none. */
  readonly heartbeatMs: number | null;
}

/** Times of files, each read once. */
export interface FileTimes {
  of(index: number): Promise<FileTime>;
  /** The last file that begins at or before a time, by heartbeat where there is one; -1 when all begin later. */
  lastBegunBy(atMs: number): Promise<number>;
  readonly cost: { bytesRead: number; connections: number };
}

/** How far into a file a heartbeat is looked for: Maxwell writes one whenever it meets a new file. */
const nearBeginning = 65_536;

/** Reads when files begin, by a connection each; nothing is read before it is asked for. */
export function readFileTimes(
  access: MysqlAccess,
  files: readonly BinlogFile[],
  owner: HeartbeatOwner,
  signal: AbortSignal | undefined,
): FileTimes {
  const known = new Map<number, Promise<FileTime>>();
  const cost = { bytesRead: 0, connections: 0 };
  const read = async (file: string): Promise<FileTime> => {
    const finder = findHeartbeats(owner);
    let createdMs = 0;
    let heartbeatMs: number | null = null;
    const { bytesRead } = await dumpBinlog({
      access,
      from: { file, offset: 4 },
      signal,
      wants: (header) => finder.wants(header),
      event: (event) => {
        if (event.file !== file) return false;
        if (createdMs === 0) createdMs = event.header.timestamp * 1000;
        heartbeatMs = finder.look(event);
        return heartbeatMs === null && event.end < nearBeginning && event.header.type !== eventType.rotate;
      },
    });
    cost.bytesRead += bytesRead;
    cost.connections += 1;
    return { createdMs, heartbeatMs };
  };
  const of = (index: number): Promise<FileTime> => {
    const file = files[index];
    if (file === undefined) throw new RangeError(`There is no binlog file ${index}.`);
    const reading = known.get(index) ?? read(file.name);
    known.set(index, reading);
    return reading;
  };
  return {
    of,
    cost,
    lastBegunBy: async (atMs) => {
      let [low, high] = [-1, files.length - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const { createdMs, heartbeatMs } = await of(middle);
        if ((heartbeatMs ?? createdMs) <= atMs) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}
