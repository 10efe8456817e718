import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The project's README. */
export async function readmeText(): Promise<string> {
  return await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
}

/** Its blocks between fences, by language. */
export function blocksOf(readme: string, language: string): readonly string[] {
  return [...readme.matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)]
    .filter((match) => match[2] === language)
    .map((match) => (match[3] ?? '').replace(new RegExp(`^${match[1] ?? ''}`, 'gm'), ''));
}

/** What can be typed at a shell, a line each. */
export function shellLines(readme: string): readonly string[] {
  return blocksOf(readme, 'sh').flatMap((block) => block.split('\n').filter((line) => line.trim() !== ''));
}

/** The words of a line as a shell takes them: quotes, no variables; without comments and redirections. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [part, bare = '', double, single] of line.matchAll(/([^\s'"]+)|"([^"]*)"|'([^']*)'/g)) {
    if (part.startsWith('#')) break;
    words.push(double ?? single ?? bare);
  }
  const to = words.indexOf('>');
  return to === -1 ? words : words.slice(0, to);
}
