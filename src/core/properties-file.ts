/**
 * Java's `.properties` format, read as the JDK's Properties.load does and edited without touching a byte that is not
 * the value's. Text is one character a byte (ISO 8859-1), so that any encoding survives an edit.
 */

/** One `key = value` of the file, its logical line possibly spread over several with a backslash at their ends. */
interface Entry {
  readonly key: string;
  readonly value: string;
  /** Where the raw value begins and ends in the text, continuation lines included, the line's end not. */
  readonly start: number;
  readonly end: number;
  /** Whether anything stands between key and value. */
  readonly separated: boolean;
}

/** Values by key; the last of several equal keys counts, as it does for Java. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  return new Map(entriesOf(text).map(({ key, value }) => [key, fromBytes(value)]));
}

/**
 * The text with one key set, everything else byte for byte. The entry that counts is changed where it stands; a new one
 * goes after the last key that begins alike (up to the first `_` or `.`), else to the end. What is not ASCII is written
 * as `\uXXXX`, which means the same in every encoding.
 */
export function setProperty(text: string, key: string, value: string): string {
  const entries = entriesOf(text);
  const found = entries.findLast((entry) => entry.key === key);
  if (found !== undefined) {
    if (fromBytes(found.value) === value) return text;
    return `${text.slice(0, found.start)}${found.separated ? '' : '='}${escapeValue(value)}${text.slice(found.end)}`;
  }
  const family = /^[^_.]*/.exec(key)?.[0] ?? key;
  const near = entries.findLast((entry) => entry.key.startsWith(family));
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const line = `${escapeKey(key)}=${escapeValue(value)}`;
  const before = near === undefined ? text : text.slice(0, near.end);
  const after = near === undefined ? '' : text.slice(near.end);
  return `${before}${lineEnds(before, eol)}${line}${near === undefined ? eol : after}`;
}

/** What ends the last line of a text: twice where a backslash there would take the first line end for itself. */
function lineEnds(text: string, eol: string): string {
  const backslashes = /(\\*)(\r\n|\r|\n)?$/.exec(text);
  const continued = (backslashes?.[1] ?? '').length % 2 === 1;
  const ended = backslashes?.[2] !== undefined || text === '' || text === '\u00ef\u00bb\u00bf';
  // A line feed behind a carriage return would be one line end with it.
  const end = text.endsWith('\r') && eol === '\n' ? '\r' : eol;
  return (ended ? '' : end) + (continued ? end : '');
}

function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  while (at < text.length) {
    while (at < text.length && /[ \t\f\r\n]/.test(text[at] ?? '')) at += 1;
    if (at >= text.length) break;
    if (text[at] === '#' || text[at] === '!') {
      while (at < text.length && !/[\r\n]/.test(text[at] ?? '')) at += 1;
      continue;
    }
    const key = token(text, at, (sign) => /[=: \t\f]/.test(sign));
    let start = key.next;
    let assigned = false;
    for (;;) {
      const sign = text[start] ?? '';
      const continued = /^\\(?:\r\n|\r|\n)[ \t\f]*/.exec(text.slice(start, start + 4096))?.[0];
      if (continued !== undefined) start += continued.length;
      else if (/[ \t\f]/.test(sign)) start += 1;
      else if (!assigned && (sign === '=' || sign === ':')) {
        assigned = true;
        start += 1;
      } else break;
    }
    const value = token(text, start, () => false);
    entries.push({ key: fromBytes(key.text), value: value.text, start, end: value.next, separated: start > key.next });
    at = value.next;
  }
  return entries;
}

/** Reads up to an unescaped character that stops it, or the end of the logical line. */
function token(text: string, from: number, stops: (sign: string) => boolean): { text: string; next: number } {
  let out = '';
  let at = from;
  while (at < text.length) {
    const sign = text[at] ?? '';
    if (sign === '\r' || sign === '\n' || stops(sign)) break;
    if (sign !== '\\') {
      out += sign;
      at += 1;
      continue;
    }
    const line = /^(?:\r\n|\r|\n)[ \t\f]*/.exec(text.slice(at + 1, at + 4096))?.[0];
    const code = /^u([0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[1];
    if (line !== undefined) at += 1 + line.length;
    else if (code !== undefined) {
      out += escapedSign(Number.parseInt(code, 16));
      at += 6;
    } else {
      const next = text[at + 1] ?? '';
      out += { t: '\t', n: '\n', r: '\r', f: '\f' }[next] ?? next;
      at += 2;
    }
  }
  return { text: out, next: Math.min(at, text.length) };
}

/** Text from an escape, as the UTF-8 bytes that plain text of the file would have. */
function escapedSign(code: number): string {
  // Halves of a pair come one by one and are put together after both are there.
  return code < 0x80 ? String.fromCharCode(code) : `\ue000${code.toString(16).padStart(4, '0')}`;
}

/** One character a byte back to text: UTF-8 where it is valid, ISO 8859-1 where not; escapes as they say. */
function fromBytes(raw: string): string {
  const parts = raw.split(/((?:\ue000[0-9a-f]{4})+)/);
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return plainText(part);
      const codes = part.split('\ue000').slice(1);
      return String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16)));
    })
    .join('');
}

function plainText(raw: string): string {
  const bytes = Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return raw;
  }
}

const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' };

function escapeValue(value: string): string {
  return escapeAll(value).replace(/^ /, '\\ ');
}

function escapeKey(key: string): string {
  return escapeAll(key).replace(/[ =:#!]/g, (sign) => `\\${sign}`);
}

function escapeAll(text: string): string {
  return text
    .replace(/[\\\t\n\r\f]/g, (sign) => named[sign] ?? sign)
    .replace(/[^\\\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
