import { open, type FileHandle } from 'node:fs/promises';

/**
 * All that a file holds, at most `most` bytes: an Error says that there is more. The size that the system names is not
 * believed, as devices and pipes have none.
 */
export async function readBounded(handle: FileHandle, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.min(1 << 20, most + 1 - bytes));
    const { bytesRead } = await handle.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, bytesRead));
    bytes += bytesRead;
    if (bytes > most) throw new Error(`it has more than ${most} bytes`);
  }
}

/** The whole text of a file of at most so many bytes; Errors are the system's and those of {@link readBounded}. */
export async function readText(path: string, most: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    return (await readBounded(handle, most)).toString('utf8');
  } finally {
    await handle.close();
  }
}
