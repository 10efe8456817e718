import { fdatasync, write } from 'node:fs';

/** The two calls by which messages get to disk; replaced in tests by a disk that fails. */
export interface Disk {
  /** Writes all the octets at the position of the file. */
  readonly write: (fd: number, bytes: Buffer, position: number) => Promise<void>;
  /** Resolves when everything that was written is on the disk. */
  readonly sync: (fd: number) => Promise<void>;
}

/** The system's own. */
export const systemDisk: Disk = {
  write: (fd, bytes, position) =>
    new Promise((resolve, reject) => {
      const step = (from: number): void => {
        write(fd, bytes, from, bytes.length - from, position + from, (error, written) => {
          if (error !== null) reject(error);
          else if (from + written >= bytes.length) resolve();
          else if (written === 0) reject(Object.assign(new Error('nothing was written'), { code: 'EIO' }));
          else step(from + written);
        });
      };
      step(0);
    }),
  sync: (fd) =>
    new Promise((resolve, reject) => {
      fdatasync(fd, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    }),
};
