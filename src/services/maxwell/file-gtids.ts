import { dumpBinlog } from '../mysql/binlog-dump.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { readMariadbGtidList, readPreviousGtids } from '../mysql/event-bodies.ts';
import { eventType } from '../mysql/event-types.ts';

/** Events that may stand before a file's list of GTIDs: its description, and how it is encrypted. */
const before = new Set<number>([eventType.formatDescription, 164]);

/** GTIDs of all that was written before a file, as the file says; null when it does not say ('' is an empty set). */
export async function gtidsBeforeFile(
  access: MysqlAccess,
  file: string,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  let found: string | null = null;
  await dumpBinlog({
    access,
    from: { file, offset: 4 },
    signal,
    wants: ({ type }) => type === eventType.previousGtids || type === eventType.mariadbGtidList,
    event: ({ header, body, file: at }) => {
      if (at !== file) return false;
      if (body !== null && header.type === eventType.previousGtids) found = readPreviousGtids(body);
      else if (body !== null && header.type === eventType.mariadbGtidList) found = readMariadbGtidList(body);
      return before.has(header.type);
    },
  });
  return found;
}
