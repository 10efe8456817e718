import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/terminal/wrap.ts';
import { createStyle } from '../../../src/terminal/style.ts';
import { duration, instant } from '../../../src/terminal/times.ts';

const styled = (env: Record<string, string>, color: 'auto' | 'never' = 'auto', isTTY = true): boolean =>
  createStyle({ stream: { isTTY, columns: 80 }, color, env, timezone: 'UTC' }).paint('bad', 'x') !== 'x';

describe('colour', () => {
  it.each([
    ['on a terminal', {}, 'auto', true, true],
    ['not with --no-color', {}, 'never', true, false],
    ['not with NO_COLOR', { NO_COLOR: '1' }, 'auto', true, false],
    ['with an empty NO_COLOR', { NO_COLOR: '' }, 'auto', true, true],
    ['not on a dumb terminal', { TERM: 'dumb' }, 'auto', true, false],
    ['not in a pipe', {}, 'auto', false, false],
    ['in a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, 'auto', false, true],
    ['not with FORCE_COLOR=0', { FORCE_COLOR: '0' }, 'auto', true, false],
    ['not with FORCE_COLOR and NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, 'auto', true, false],
  ] as const)('%s', (_, env, color, isTTY, expected) => {
    expect(styled(env, color, isTTY)).toBe(expected);
  });
});

describe('marks', () => {
  it.each([
    [{ LANG: 'en_GB.UTF-8' }, '✓'],
    [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, '+'],
    [{ LC_CTYPE: 'C.utf8', LANG: 'C' }, '✓'],
    [{ LC_ALL: '', LANG: 'C.UTF-8' }, '✓'],
    [{}, '+'],
  ])('of %j: %s', (env, mark) => {
    expect(createStyle({ stream: {}, color: 'never', env, timezone: 'UTC' }).symbols.good).toBe(mark);
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['队列', 4],
    ['cafe\u{301}', 4],
    ['🐇', 2],
    ['\u{1b}[31mred\u{1b}[39m', 3],
  ])('of %j is %i', (text, width) => {
    expect(columnsOf(text)).toBe(width);
  });
  it.each([
    [undefined, 80],
    [40, 40],
    [250, 100],
    [0, 20],
  ])('of a terminal with %s columns is %i', (columns, width) => {
    expect(createStyle({ stream: { columns }, color: 'never', env: {}, timezone: 'UTC' }).width()).toBe(width);
  });
});

describe('times', () => {
  it.each([
    ['2026-03-22T06:25:00.000Z', 'Europe/London', '2026-03-22 06:25:00Z (06:25 Europe/London)'],
    ['2026-06-22T06:25:00Z', 'Europe/London', '2026-06-22 06:25:00Z (07:25 Europe/London)'],
    ['2026-06-22T23:25:00Z', 'Europe/London', '2026-06-22 23:25:00Z (2026-06-23 00:25 Europe/London)'],
    ['not a time', 'Europe/London', 'not a time'],
  ])('%s in %s', (at, zone, shown) => {
    expect(instant(at, zone)).toBe(shown);
  });
  it.each([
    [0, '0 ms'],
    [250, '250 ms'],
    [4200, '4.2 s'],
    [5000, '5 s'],
    [42_000, '42 s'],
    [59_700, '1 min 00 s'],
    [200_000, '3 min 20 s'],
    [3_900_000, '1 h 05 min'],
    [97_200_000, '1 d 3 h'],
  ])('%i ms', (ms, shown) => {
    expect(duration(ms)).toBe(shown);
  });
});
