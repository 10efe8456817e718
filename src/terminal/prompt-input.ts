import { PassThrough } from 'node:stream';
import type { InputStream } from './terminal.ts';

/** What a prompt reads from, to be closed after it. */
export interface PromptInput {
  readonly stream: NodeJS.ReadableStream;
  close(): void;
}

/**
 * Stands between the terminal and a prompt. Node's readline passes errors of its input on to where nobody listens, and
 * switching raw mode off fails on a terminal that went away: without this a hang-up would be a crash, not a no.
 */
export function createPromptInput(stdin: InputStream): PromptInput {
  const stream = new PassThrough();
  const forward = (chunk: Buffer | string): void => {
    stream.write(chunk);
  };
  Object.defineProperties(stream, {
    isTTY: { value: true },
    isRaw: { get: () => stdin.isRaw === true },
    setRawMode: {
      value: (raw: boolean) => {
        stdin.setRawMode?.(raw);
        return stream;
      },
    },
  });
  stdin.on('data', forward);
  stdin.resume();
  return {
    stream,
    close() {
      stdin.removeListener('data', forward);
      stdin.pause();
    },
  };
}
