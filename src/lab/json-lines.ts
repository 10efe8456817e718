import { readFile } from 'node:fs/promises';

/** Every record of a file with one JSON value a line; a last line that is torn, or being written, is left out. */
export function jsonLines(text: string): readonly unknown[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** The same of a file; one that is not there has none. */
export async function readJsonLines(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return jsonLines(text);
}
