import type { Json } from './json.ts';

/** `details` of a Problem that stands at a place of a text file. */
export type ExcerptDetails = {
  /** The line of the source, without its line break. */
  readonly line: string;
  /** Where in `line` the fault begins: 0-based, in UTF-16 code units. */
  readonly caret: number;
  /** How many code units it covers; at least 1. */
  readonly length: number;
};

/**
 * The source line and below it carets under the fault: two lines to print in a monospaced font, or none when the
 * details are not of this shape. What can't be seen becomes `?`, tabs a space, and a long line is cut
 * around the fault, so that the carets always stand under what they mean.
 */
export function formatExcerpt(details: Json | undefined, width = 100): readonly string[] {
  if (!isExcerpt(details)) return [];
  const { line, caret, length } = details;
  const from = caret + Math.min(length, width) > width ? Math.max(0, caret - Math.floor(width / 3)) : 0;
  const shown = line.slice(from, from + width);
  const start = Math.min(caret - from, shown.length);
  const carets = Math.max(1, Math.min(length, shown.length - start));
  const before = from > 0 ? '...' : '';
  const after = from + width < line.length ? '...' : '';
  return [
    `${before}${harmless(shown)}${after}`,
    `${' '.repeat(before.length + harmless(shown.slice(0, start)).length)}${'^'.repeat(carets)}`,
  ];
}

function isExcerpt(details: Json | undefined): details is ExcerptDetails {
  if (details === null || typeof details !== 'object' || Array.isArray(details)) return false;
  const { line, caret, length } = details as Readonly<Record<string, Json>>;
  return typeof line === 'string' && isCount(caret) && isCount(length);
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** One column a code unit, so that the carets stay where they belong. */
function harmless(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu, (found) =>
      '?'.repeat(found.length),
    );
}
