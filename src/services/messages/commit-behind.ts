import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { damagedDrain, diskTrouble } from './drain-fault.ts';
import { commitMagic, commitSize } from './record-format.ts';

const pageSize = 1 << 20;

/**
 * Whether an intact commit of the drain (`half` is the first half of its id) lies behind the place: then what is wrong
 * there is no torn tail but damage to messages that were acknowledged.
 */
export async function commitBehind(file: FileHandle, from: number, half: Buffer): Promise<boolean> {
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(commitMagic);
  // Page by page: a file that was made large must not take as much memory.
  const page = Buffer.alloc(pageSize);
  let kept = 0;
  for (let place = from; ;) {
    const { bytesRead } = await file.read(page, kept, page.length - kept, place);
    if (bytesRead === 0) return false;
    place += bytesRead;
    const bytes = page.subarray(0, kept + bytesRead);
    for (let at = bytes.indexOf(mark); at >= 0 && at + commitSize <= bytes.length; at = bytes.indexOf(mark, at + 1)) {
      if (half.compare(bytes, at + 8, at + 16) !== 0) continue;
      if (bytes.readUInt32BE(at + 4) === crc32(bytes.subarray(at + 8, at + commitSize))) return true;
    }
    kept = Math.min(bytes.length, commitSize - 1);
    bytes.copy(page, 0, bytes.length - kept);
  }
}

/** Whether a file holds any commit of the drain; a missing one does not. */
export async function holdsCommit(path: string, drain: string): Promise<boolean> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw damagedDrain(path, diskTrouble(error));
  });
  if (file === null) return false;
  try {
    return await commitBehind(file, 0, Buffer.from(drain, 'hex').subarray(0, 8));
  } finally {
    await file.close();
  }
}
