import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** A file read from front to back, with as much of it in memory as was asked for. */
export interface FileWindow {
  /** What is in memory. A part of it stays valid when the window moves on: buffers are never reused. */
  bytes: Buffer;
  /** Where in `bytes` the next octet is; moved by the reader. */
  at: number;
  /** Where in the file that is. */
  offset(): number;
  have(size: number): boolean;
  /** Makes so many octets available at `at`; false when the file ends before. */
  fill(size: number): Promise<boolean>;
  /** sha256 of everything that was read. */
  digest(): string;
}

const chunkSize = 1 << 21;

/** A window at the beginning of the file. */
export function openWindow(file: FileHandle): FileWindow {
  const hash = createHash('sha256');
  let base = 0;
  let readTo = 0;
  const window: FileWindow = {
    bytes: Buffer.alloc(0),
    at: 0,
    offset: () => base + window.at,
    have: (size) => window.bytes.length - window.at >= size,
    async fill(size) {
      while (!window.have(size)) {
        const left = window.bytes.length - window.at;
        const next = Buffer.allocUnsafeSlow(left + Math.max(chunkSize, size - left));
        window.bytes.copy(next, 0, window.at);
        const { bytesRead } = await file.read(next, left, next.length - left, readTo);
        if (bytesRead === 0) return false;
        hash.update(next.subarray(left, left + bytesRead));
        readTo += bytesRead;
        base += window.at;
        window.at = 0;
        window.bytes = next.subarray(0, left + bytesRead);
      }
      return true;
    },
    digest: () => hash.digest('hex'),
  };
  return window;
}
