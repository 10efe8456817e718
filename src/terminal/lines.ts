import { stripVTControlCharacters } from 'node:util';
import { visible } from '../core/visible.ts';
import type { Style, Tone } from './style.ts';

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
}

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
    .map((row) => ({ indent, hang: /^\s*(?:[-*] |\d+\. )?/.exec(row)?.[0].length ?? 0, parts: [toned(tone, row)] }));
}

/**
 * Prose of a runbook: the lines of a paragraph, which its file broke at some column, flow as one; lists, indented
 * code and headings keep their lines.
 */
export function proseLines(text: string, indent = 0): readonly Line[] {
  const flowing = text
    .replace(/\r\n?/g, '\n')
    .trim()
    .replace(/([^\n])\n(?![\n\s]|[-*#>|`]|\d+\. )/g, '$1 ');
  return textLines(flowing, indent);
}

/** Text that somebody may save or paste (a source, JSON): its lines are never broken. */
export function sourceLines(text: string): readonly Line[] {
  return textLines(text).map((item) => ({ ...item, keep: true }));
}

/** Lines as text to be written: invisible characters written out, secrets replaced, wrapped, painted. */
export function layOut(lines: readonly Line[], style: Style, redact: (text: string) => string): readonly string[] {
  return lines.flatMap((item) => {
    const painted = item.parts
      .map((part) => (typeof part === 'string' ? { tone: 'plain' as const, text: part } : part))
      .map(({ tone, text }) => style.paint(tone, visible(redact(text))))
      .join('');
    const first = ' '.repeat(item.indent ?? 0);
    if (item.keep === true) return [first + painted];
    return wrap(painted, style.width(), first, first + ' '.repeat(item.hang ?? 0));
  });
}

/** Breaks at spaces only: a digest or a name that is wider than the terminal stays in one piece, to be copied. */
function wrap(text: string, width: number, first: string, rest: string): readonly string[] {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const rows: string[] = [];
  let row = first + lead;
  let empty = true;
  for (const word of text.slice(lead.length).split(' ')) {
    if (!empty && columnsOf(row) + 1 + columnsOf(word) > width) {
      rows.push(row);
      row = rest + word;
    } else {
      row += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  return [...rows, row].map((item) => item.trimEnd());
}

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{3000}-\u{303f}\u{ff01}-\u{ff60}]/u;
const marks = /[\p{Mn}\p{Me}]/u;

/** Columns that a text takes on a terminal: two for East Asian wide characters and emoji, none for marks and colour. */
export function columnsOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (/^[ -~]*$/.test(bare)) return bare.length;
  return Array.from(bare).reduce((sum, char) => sum + (marks.test(char) ? 0 : wide.test(char) ? 2 : 1), 0);
}
