import type { InputStream } from './terminal.ts';

/** `endless`: keys kept coming for so long that nobody can be typing them. */
export type Discarded = 'nothing' | 'some' | 'interrupted' | 'closed';

const quietMs = 60;
const atMostMs = 5000;

/**
 * Reads and drops what was typed before a question, until the terminal has been quiet for a moment. Ctrl-C and Ctrl-D
 * among it count. In raw mode, because a line that was begun is not given out otherwise. Input that never stops is
 * taken as `closed`: nobody is answering there.
 */
export function discardTypeAhead(stdin: InputStream, hangUp: AbortSignal): Promise<Discarded> {
  return new Promise((resolve) => {
    let found: 'nothing' | 'some' = 'nothing';
    let quiet = setTimeout(() => finish(found), quietMs);
    const limit = setTimeout(() => finish('closed'), atMostMs);
    const finish = (result: Discarded): void => {
      clearTimeout(quiet);
      clearTimeout(limit);
      stdin.removeListener('data', drop);
      hangUp.removeEventListener('abort', closed);
      stdin.pause();
      resolve(result);
    };
    const closed = (): void => finish('closed');
    const drop = (chunk: Buffer | string): void => {
      const text = chunk.toString();
      found = 'some';
      clearTimeout(quiet);
      if (text.includes('\u{3}')) finish('interrupted');
      else if (text.includes('\u{4}')) finish('closed');
      else quiet = setTimeout(() => finish(found), quietMs);
    };
    if (hangUp.aborted) {
      finish('closed');
      return;
    }
    hangUp.addEventListener('abort', closed);
    stdin.setRawMode?.(true);
    stdin.on('data', drop);
    stdin.resume();
  });
}
