import type { Json } from '../core/json.ts';
import { visible } from '../core/visible.ts';
import { asciiOnly } from './ascii-only.ts';
import type { Style, Tone } from './style.ts';
import { wrap } from './wrap.ts';

/** A piece of a line in one tone. A bare string is plain. */
export type Part = string | { readonly tone: Tone; readonly text: string };

/** One line before it is wrapped and painted. Its text is raw: whatever can't be seen is made visible here. */
export interface Line {
  /** Columns before the text; default 0. */
  readonly indent?: number;
  /** Columns before continuation lines, on top of the indent; default 0. */
  readonly hang?: number;
  readonly parts: readonly Part[];
  /** Never broken: commands to copy, source excerpts. */
  readonly keep?: boolean;
  /** A line of a document, to be saved or pasted: UTF-8 wherever it goes but to a terminal that can't show it. */
  readonly document?: boolean;
}

/** Most columns that continuation lines of a table's row are moved to the right. */
const widestColumns = 36;

/** A plain line. */
export function line(...parts: readonly Part[]): Line {
  return { parts };
}

/** A line moved to the right; continuation lines hang by `hang` more columns. */
export function indented(indent: number, parts: readonly Part[], hang = 0): Line {
  return { indent, hang, parts };
}

/** A piece in a tone. */
export function toned(tone: Tone, text: string): Part {
  return { tone, text };
}

/** A command to type, on a line of its own and never broken. */
export function command(indent: number, text: string): Line {
  return { indent, parts: [toned('command', text)], keep: true };
}

/** An empty line. */
export const blank: Line = { parts: [] };

/** Text of several lines (prose, help, a tool's output) as lines; tabs become four spaces. */
export function textLines(text: string, indent = 0, tone: Tone = 'plain'): readonly Line[] {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\n+$/, '')
    .split('\n')
    .map((row) => row.replaceAll('\t', '    '))
    .map((row) => ({ indent, hang: hangOf(row), parts: [toned(tone, row)] }));
}

/** Columns before the text of a list's item, or before the last column of a table's row. */
function hangOf(row: string): number {
  const columns = /^\s+(?:\S+(?: \S+)* {2,})+/.exec(row)?.[0].length ?? 0;
  if (columns > 0 && columns <= widestColumns) return columns;
  return /^\s*(?:[-*] |\d+\. )?/.exec(row)?.[0].length ?? 0;
}

/**
 * Prose of a runbook: the lines of a paragraph, which its file broke at some column, flow as one; lists, indented
 * code and headings keep their lines.
 */
export function proseLines(text: string, indent = 0): readonly Line[] {
  const flowing = text
    .replace(/\r\n?/g, '\n')
    .replace(/^\n+|\s+$/g, '')
    .replace(/([^\n])\n(?![\n\s]|[-*#>|`]|\d+\. )/g, '$1 ');
  return textLines(flowing, indent);
}

/** Text that somebody may save or paste (a source, JSON): its lines are never broken. */
export function sourceLines(text: string): readonly Line[] {
  return textLines(text).map((item) => ({ ...item, keep: true, document: true }));
}

/** JSON to be saved or pasted: what would be written out as invisible is escaped as JSON does, so that it stays JSON. */
export function jsonLines(value: Json, space = 0): readonly Line[] {
  return sourceLines(JSON.stringify(value, null, space).replace(/[^ -~\n]/gu, jsonEscaped));
}

function jsonEscaped(found: string): string {
  if (visible(found) === found) return found;
  return Array.from(
    { length: found.length },
    (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Lines as text to be written: invisible characters written out, secrets replaced, wrapped, painted. */
export function layOut(lines: readonly Line[], style: Style, redact: (text: string) => string): readonly string[] {
  return lines.flatMap((item) => {
    const plain = !style.unicode && !(item.document === true && !style.terminal);
    const seen = (text: string): string => (plain ? asciiOnly(visible(text)) : visible(text));
    const painted = item.parts
      .map((part) => (typeof part === 'string' ? { tone: 'plain' as const, text: part } : part))
      .map(({ tone, text }) => style.paint(tone, seen(redact(text))))
      .join('');
    const first = ' '.repeat(item.indent ?? 0);
    if (item.keep === true) return [(first + painted).trimEnd()];
    return wrap(painted, style.width(), first, first + ' '.repeat(item.hang ?? 0));
  });
}
