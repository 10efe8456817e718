import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { commitMagic, commitSize } from './record-format.ts';

/**
 * Whether an intact commit of the drain (`half` is the first half of its id) lies behind the place: then what is wrong
 * there is no torn tail but damage to messages that were acknowledged.
 */
export async function commitBehind(file: FileHandle, from: number, half: Buffer): Promise<boolean> {
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(commitMagic);
  const { size } = await file.stat();
  const bytes = Buffer.alloc(Math.max(0, size - from));
  await file.read(bytes, 0, bytes.length, from);
  for (let at = bytes.indexOf(mark); at >= 0 && at + commitSize <= bytes.length; at = bytes.indexOf(mark, at + 1)) {
    if (half.compare(bytes, at + 8, at + 16) !== 0) continue;
    if (bytes.readUInt32BE(at + 4) === crc32(bytes.subarray(at + 8, at + commitSize))) return true;
  }
  return false;
}

/** Whether a file holds any commit of the drain; a missing one does not. */
export async function holdsCommit(path: string, drain: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return false;
  try {
    return await commitBehind(file, 0, Buffer.from(drain, 'hex').subarray(0, 8));
  } finally {
    await file.close();
  }
}
