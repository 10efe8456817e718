import { readFile } from 'node:fs/promises';

/** The last lines of a text file, for messages; empty when it can't be read. */
export async function tailOf(path: string, lines = 12): Promise<string> {
  try {
    const all = (await readFile(path, 'utf8')).trimEnd().split('\n');
    return all.slice(Math.max(0, all.length - lines)).join('\n');
  } catch {
    return '';
  }
}
