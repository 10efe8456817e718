import type { BinlogPosition } from '../../core/binlog-position.ts';
import { dumpBinlog } from '../mysql/binlog-dump.ts';
import type { BinlogFile } from '../mysql/binlog-server.ts';
import type { MysqlAccess } from '../mysql/connect.ts';

/** Where reading the log has to begin so that nothing of a time is missed. */
export interface LogStart {
  readonly from: BinlogPosition;
  /** When the log begins, ms: before that nothing is known. Null: it begins before the wanted time. */
  readonly lateMs: number | null;
}

/** The last file that begins at or before a time. */
export async function logStart(
  access: MysqlAccess,
  files: readonly BinlogFile[],
  atMs: number,
  signal: AbortSignal | undefined,
): Promise<LogStart> {
  const known = new Map<number, number>();
  const began = async (index: number): Promise<number> => {
    const value = known.get(index) ?? (await fileBegan(access, files[index]?.name ?? '', signal));
    known.set(index, value);
    return value;
  };
  let [low, high] = [0, files.length - 1];
  const first = await began(0);
  if (first > atMs) return { from: { file: files[0]?.name ?? '', offset: 4 }, lateMs: first };
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // A session with a clock of its own can date one file too early; the one before it must agree.
    if ((await began(middle)) <= atMs && (await began(middle - 1)) <= atMs) low = middle;
    else high = middle - 1;
  }
  return { from: { file: files[low]?.name ?? '', offset: 4 }, lateMs: null };
}

/** Time in the header of a file's first event, ms. */
async function fileBegan(access: MysqlAccess, file: string, signal: AbortSignal | undefined): Promise<number> {
  let began = 0;
  await dumpBinlog({
    access,
    from: { file, offset: 4 },
    signal,
    wants: () => false,
    event: ({ header }) => {
      began = header.timestamp * 1000;
      return false;
    },
  });
  return began;
}
