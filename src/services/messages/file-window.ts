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
  /** sha256 of everything that was read; of nothing when it was opened without one. */
  digest(): string;
}

const chunkSize = 1 << 21;

/** Where a window begins, how much it reads at once, and whether it makes a digest. */
interface WindowOptions {
  readonly from?: number;
  readonly chunk?: number;
  readonly digest?: boolean;
}

/** A window at the beginning of the file, or at the given octet. */
export function openWindow(file: FileHandle, options: WindowOptions = {}): FileWindow {
  const { from = 0, chunk = chunkSize, digest = true } = options;
  const hash = createHash('sha256');
  let base = from;
  let readTo = from;
  const window: FileWindow = {
    bytes: Buffer.alloc(0),
    at: 0,
    offset: () => base + window.at,
    have: (size) => window.bytes.length - window.at >= size,
    async fill(size) {
      while (!window.have(size)) {
        const left = window.bytes.length - window.at;
        const next = Buffer.allocUnsafeSlow(left + Math.max(chunk, size - left));
        window.bytes.copy(next, 0, window.at);
        const { bytesRead } = await file.read(next, left, next.length - left, readTo);
        if (bytesRead === 0) return false;
        if (digest) hash.update(next.subarray(left, left + bytesRead));
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
