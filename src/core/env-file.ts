/**
 * `NAME=value` lines, as Docker (`--env-file`), systemd (`EnvironmentFile=`) and shells read them. They differ in what
 * quotes, backslashes and dollars mean; only values that mean the same to all of them are ever written. Text is one
 * character a byte (ISO 8859-1), so that any encoding survives an edit.
 */
interface Line {
  readonly name: string;
  readonly value: string;
  /** Quote that stands around the whole value; empty for none. */
  readonly quote: '' | '"' | "'";
  readonly start: number;
  readonly end: number;
}

/** Values by name, without the quotes around a whole value; the last of several equal names counts. */
export function readEnvFile(text: string): ReadonlyMap<string, string> {
  return new Map(linesOf(text).map(({ name, value }) => [name, Buffer.from(value, 'latin1').toString('utf8')]));
}

/**
 * The text with one variable set where it stands, or after the last one that begins alike, or at the end; everything
 * else byte for byte, the quotes around it included. Null when the value can't be written so that every reader of such
 * files takes it the same way.
 */
export function setEnvVariable(text: string, name: string, value: string): string | null {
  const lines = linesOf(text);
  const found = lines.findLast((line) => line.name === name);
  if (found !== undefined) {
    if (Buffer.from(found.value, 'latin1').toString('utf8') === value) return text;
    if (!meansTheSame(value, found.quote !== '' || /\S \S/.test(found.value))) return null;
    return `${text.slice(0, found.start)}${value}${text.slice(found.end)}`;
  }
  if (!meansTheSame(value, false)) return null;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const family = /^[^_]*_?/.exec(name)?.[0] ?? name;
  const near = lines.findLast((line) => line.name.startsWith(family));
  const at = near === undefined ? text.length : endOfLine(text, near.end);
  const before = text.slice(0, at);
  const open = before !== '' && !before.endsWith('\n');
  return `${before}${open ? eol : ''}${name}=${value}${near === undefined || !open ? eol : ''}${text.slice(at)}`;
}

/** Blanks are written only where they are now: between quotes, or in a file whose reader needs none. */
function meansTheSame(value: string, blanks: boolean): boolean {
  return blanks ? /^[A-Za-z0-9_./:@%+,= -]*$/.test(value) : /^[A-Za-z0-9_./:@%+,=-]*$/.test(value);
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}

function linesOf(text: string): readonly Line[] {
  const pattern = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)=([^\r\n]*)/gm;
  return [...text.matchAll(pattern)].map((found) => {
    const [whole, name = '', raw = ''] = found;
    const start = found.index + whole.length - raw.length;
    const quoted = /^(["'])(.*)\1[ \t]*$/.exec(raw);
    if (quoted === null) {
      const value = raw.trimEnd();
      return { name, value, quote: '', start, end: start + value.length };
    }
    const value = quoted[2] ?? '';
    return { name, value, quote: quoted[1] === '"' ? '"' : "'", start: start + 1, end: start + 1 + value.length };
  });
}
