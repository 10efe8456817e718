import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../src/core/visible.ts';

const bidi = [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c];
const zeroWidth = [0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x00ad, 0x034f, 0x180e, 0x3164, 0x115f];
const controls = [...Array(32).keys(), 0x7f, ...Array.from({ length: 32 }, (_, at) => 0x80 + at)];
const hostile = new Set([...bidi, ...zeroWidth, ...controls, 0x2028, 0x2029, 0xe0041, 0x00a0, 0x2003]);

describe('visible', () => {
  it.each([
    ['esr\u{202e}rse', 'esr\\u{202e}rse'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u{1b}[31mred', '\\u{1b}[31mred'],
    ['\u{9b}31m', '\\u{9b}31m'],
    ['x\u{d800}y', 'x\\u{d800}y'],
    ['no\u{a0}break', 'no\\u{a0}break'],
    ['esr\u{fe0f}', 'esr\\u{fe0f}'],
    ['👨\u{200d}👩', '👨\\u{200d}👩'],
  ])('writes %j as %j', (raw, shown) => {
    expect(visible(raw)).toBe(shown);
  });

  it.each([
    'esr.queue.POR.split',
    'Zürich café cafe\u{301}',
    '队列 キュー 큐',
    '🐇 ⚠\u{fe0f} 👍🏽',
    '/',
    '^esr\\..*$',
    '«—…»',
  ])('leaves %s as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('never lets anything through that cannot be seen, and is stable', () => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(...hostile).map((point) => String.fromCodePoint(point)),
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
      ),
    );
    fc.assert(
      fc.property(text, (parts) => {
        const shown = visible(parts.join(''));
        for (const char of shown) expect(hostile.has(char.codePointAt(0) ?? 0)).toBe(false);
        expect(shown.isWellFormed()).toBe(true);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
});
