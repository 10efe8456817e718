import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** One line of a file, without its line end. */
export interface RawLine {
  readonly bytes: Buffer;
  /** Offset of the byte after the line and its line end. */
  readonly end: number;
  /** False only of a last line that stops without a line end. */
  readonly complete: boolean;
}

/** What stopped a reading: a limit, with what it is. */
export class TooLarge extends Error {}

/**
 * Lines of a file as bytes, a piece at a time. Symbolic links are not followed. Throws TooLarge for a line or a file
 * over its limit (bytes), an Error for anything but a regular file of this user's.
 */
export async function* readLines(
  path: string,
  limits: { readonly line: number; readonly file: number },
): AsyncGenerator<RawLine> {
  // Not waiting for a writer: a FIFO would hold everything up.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a regular file');
    const us = process.getuid?.() ?? found.uid;
    if (found.uid !== us) throw new Error(`it belongs to user ${found.uid}, and you are user ${us}`);
    const buffer = Buffer.allocUnsafe(64 * 1024);
    let pieces: Buffer[] = [];
    let pending = 0;
    let position = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      if (position + bytesRead > limits.file) throw new TooLarge(`it has more than ${limits.file} bytes`);
      let from = 0;
      for (let at = buffer.indexOf(10, from); at !== -1 && at < bytesRead; at = buffer.indexOf(10, from)) {
        const bytes = Buffer.concat([...pieces, buffer.subarray(from, at)]);
        yield { bytes, end: position + at + 1, complete: true };
        pieces = [];
        pending = 0;
        from = at + 1;
      }
      pieces.push(Buffer.from(buffer.subarray(from, bytesRead)));
      pending += bytesRead - from;
      if (pending > limits.line) throw new TooLarge(`a line has more than ${limits.line} bytes`);
      position += bytesRead;
    }
    if (pending > 0) yield { bytes: Buffer.concat(pieces), end: position, complete: false };
  } finally {
    await handle.close();
  }
}
