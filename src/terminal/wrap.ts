import { stripVTControlCharacters } from 'node:util';

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{3000}-\u{303f}\u{ff01}-\u{ff60}]/u;
const marks = /[\p{Mn}\p{Me}]/u;

/** Columns that a text takes on a terminal: two for East Asian wide characters and emoji, none for marks and colour. */
export function columnsOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (/^[ -~]*$/.test(bare)) return bare.length;
  return Array.from(bare).reduce((sum, char) => sum + (marks.test(char) ? 0 : wide.test(char) ? 2 : 1), 0);
}

/**
 * Rows of at most `width` columns, broken at spaces only: a digest or a name that is wider than the terminal stays in
 * one piece, to be copied. `first` stands before the first row, `rest` before the others.
 */
export function wrap(text: string, width: number, first: string, rest: string): readonly string[] {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const rows: string[] = [];
  let row = first + lead;
  let columns = row.length;
  let empty = true;
  for (const piece of piecesOf(text.slice(lead.length), width - rest.length)) {
    const needed = columnsOf(piece);
    if (!empty && columns + 1 + needed > width) {
      rows.push(row);
      row = rest + piece;
      columns = rest.length + needed;
    } else {
      row += empty ? piece : ` ${piece}`;
      columns += needed + (empty ? 0 : 1);
    }
    empty = false;
  }
  return [...rows, row].map((item) => item.trimEnd());
}

/**
 * Words, and words that are read as another thing when a row ends between them: `1 h 18 min`, `(15:11 Europe/London)`.
 * Where there is no room for those in one row, they are words.
 */
function piecesOf(text: string, room: number): readonly string[] {
  const pieces: string[] = [];
  for (const word of text.split(' ')) {
    const before = pieces.at(-1);
    const both = `${before ?? ''} ${word}`;
    if (
      before !== undefined &&
      belongs(stripVTControlCharacters(before), stripVTControlCharacters(word)) &&
      columnsOf(both) <= room
    )
      pieces[pieces.length - 1] = both;
    else pieces.push(word);
  }
  return pieces;
}

function belongs(before: string, word: string): boolean {
  if (/\d$/.test(before)) {
    if (/^(?:ms|s|min|h|d|B|[KMGT]i?B)\b[^\w]*$/.test(word)) return true;
    if (/^\d\d:\d\d/.test(word)) return /\d-\d\d$/.test(before);
    return /^[A-Z][\w/+-]*\)/.test(word) && /\((?:[\d-]{10} )?\d\d:\d\d$/.test(before);
  }
  return /^\d\d?$/.test(word) && /\d (?:min|h|d)$/.test(before);
}
