import { createReadStream } from 'node:fs';
import { Fault } from '../../core/fault.ts';

/** Longest line that is kept whole; the rest of a longer one is left out, so that memory stays bounded. */
const longestLine = 64 * 1024;

/**
 * Reads a log line by line, of any size and with any bytes in it. `-`: standard input. Returns the bytes read. A Fault
 * `log.unreadable` (exit usage).
 */
export async function readLogLines(
  path: string,
  stdin: AsyncIterable<Buffer | string>,
  take: (line: string) => void,
): Promise<number> {
  const source: AsyncIterable<Buffer | string> =
    path === '-' ? stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  let bytes = 0;
  let rest = '';
  const feed = (text: string): void => {
    const parts = (rest + text).split('\n');
    rest = (parts.pop() ?? '').slice(0, longestLine);
    for (const part of parts) take(part.slice(0, longestLine).replace(/\r$/, ''));
  };
  try {
    for await (const chunk of source) {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      bytes += data.length;
      feed(decoder.decode(data, { stream: true }));
    }
  } catch (error) {
    throw new Fault({
      code: 'log.unreadable',
      message: `The log can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      where: path === '-' ? 'standard input' : path,
      exit: 'usage',
    });
  }
  feed(decoder.decode());
  if (rest !== '') take(rest.replace(/\r$/, ''));
  return bytes;
}
