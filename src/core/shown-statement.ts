import { visible } from './visible.ts';

/** Longest text of a statement that is shown. */
const longest = 500;

/**
 * A statement of the binlog as it may be shown and kept: without what it says after naming a password, and cut where it
 * is long.
 */
export function shownStatement(text: string): string {
  const secret = /\b(identified|password|master_password|source_password)\b/i.exec(text);
  const kept = secret === null ? text : `${text.slice(0, secret.index + secret[0].length)} ...`;
  const plain = visible(kept.trim());
  return plain.length > longest ? `${plain.slice(0, longest)}...` : plain;
}
