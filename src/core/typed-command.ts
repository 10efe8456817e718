import { visible } from './visible.ts';

/**
 * An argv as it would be typed: arguments that a shell would touch stand in single quotes, those with characters that
 * can't be seen or typed in `$'…'` (bash, zsh), so that what is copied from the screen is the name that is there.
 */
export function typedCommand(argv: readonly string[]): string {
  return argv.map(typedWord).join(' ');
}

/** A name as an argument that stands for itself: what begins with a dash comes after `--`, or it would be an option. */
export function operands(...names: readonly string[]): readonly string[] {
  return names.some((name) => name.startsWith('-')) ? ['--', ...names] : names;
}

/** One argument of it. */
export function typedWord(word: string): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  if (visible(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  const bytes = Array.from(word, (char) =>
    visible(char) === char
      ? char.replace(/[\\']/, '\\$&')
      : [...new TextEncoder().encode(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return `$'${bytes.join('')}'`;
}
