import type { Outlet, OutputStream } from './outlet.ts';
import type { Style } from './style.ts';

/** A stream to read answers from; the part of `process.stdin` that is used. */
export type InputStream = NodeJS.ReadableStream & {
  readonly isTTY?: boolean | undefined;
  readonly isRaw?: boolean | undefined;
  setRawMode?: (raw: boolean) => unknown;
};

/** What reading one line needs. */
export interface Terminal {
  readonly stdin: InputStream;
  readonly stderr: OutputStream;
  readonly outlet: Outlet;
  readonly style: Style;
}
