import { Fault } from '../../core/fault.ts';

/**
 * One word as a POSIX shell reads it back unchanged, whatever it holds: between single quotes nothing is special but
 * the single quote itself, which is put in from outside of them. A NUL can't be in any argument: Fault `host.nul`.
 */
export function quotePosix(word: string): string {
  refuseNul(word);
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Refuses what the operating system would cut off, or Node.js throw a plain TypeError at. */
export function refuseNul(word: string): void {
  if (!word.includes('\0')) return;
  throw new Fault({
    code: 'host.nul',
    message: 'An argument of a command holds a NUL character, which no argument can hold.',
    details: { sent: false },
    exit: 'usage',
  });
}
