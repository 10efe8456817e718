import { Chalk } from 'chalk';

/** What a piece of text is, for colour. The words always say it too: colour never carries meaning alone. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'warn' | 'bad' | 'command';

/** Marks at the start of lines, in Unicode or ASCII. */
interface Symbols {
  readonly bullet: string;
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly step: string;
  readonly dash: string;
  /** What bars are drawn with: one column filled more and more, the last one wholly. */
  readonly bar: readonly [string, ...string[]];
}

/** How text looks on one stream. */
export interface Style {
  paint(tone: Tone, text: string): string;
  readonly symbols: Symbols;
  /** Columns to wrap at: the terminal's, at most 100. Read anew each time, so that resizing works. */
  width(): number;
  /** Whether cursor movement is understood: a terminal that is not `TERM=dumb`. */
  readonly cursor: boolean;
  /** Whether the locale shows more than ASCII. */
  readonly unicode: boolean;
  /** Whether a person reads it, not a file or a program. */
  readonly terminal: boolean;
  /** IANA zone shown beside UTC. */
  readonly timezone: string;
}

/** The part of a stream that decides how text looks on it. */
export interface StyledStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const unicode: Symbols = {
  bullet: '•',
  good: '✓',
  bad: '✗',
  warn: '▲',
  step: '▸',
  dash: '—',
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
};
const ascii: Symbols = { bullet: '*', good: '+', bad: 'x', warn: '!', step: '>', dash: '-', bar: ['#'] };
const widest = 100;
const narrowest = 20;

/**
 * Style of a stream: colour only on a terminal that is not dumb, and neither with `--no-color` nor with a non-empty
 * `NO_COLOR`; `FORCE_COLOR` (not `0` or `false`) asks for colour where there is no terminal. Unicode marks only in a
 * UTF-8 locale. No colour is one that disappears on a light or on a dark background: no yellow, white, black, blue
 * or cyan.
 */
export function createStyle(options: {
  readonly stream: StyledStream;
  readonly color: 'auto' | 'never';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timezone: string;
}): Style {
  const { stream, env, timezone } = options;
  const cursor = stream.isTTY === true && env['TERM'] !== 'dumb';
  const utf8 = isUtf8(env);
  const chalk = new Chalk({ level: wantsColor(options.color, cursor, env) ? 1 : 0 });
  const paints: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    strong: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warn: (text) => chalk.magenta(text),
    bad: (text) => chalk.red(text),
    command: (text) => chalk.bold(text),
  };
  return {
    paint: (tone, text) => paints[tone](text),
    symbols: utf8 ? unicode : ascii,
    unicode: utf8,
    terminal: stream.isTTY === true,
    width: () => Math.max(narrowest, Math.min(stream.columns ?? 80, widest)),
    cursor,
    timezone,
  };
}

function wantsColor(
  color: 'auto' | 'never',
  cursor: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (color === 'never' || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return cursor;
}

/** POSIX order: LC_ALL, then LC_CTYPE, then LANG; the first that is set and not empty decides. */
function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /utf-?8/i.test(locale);
}
