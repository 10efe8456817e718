import fc from 'fast-check';
import { expect, it } from 'vitest';
import { beginningOf, endOf, lastWords } from '../../../src/core/shortened.ts';

it('cuts between words, and shows a text that fits as it is', () => {
  expect(endOf('one two three', 9)).toBe('two three');
  expect(endOf('one two three', 8)).toBe('three');
  expect(beginningOf('one two three', 7)).toBe('one two');
  expect(beginningOf('one two three', 6)).toBe('one');
  expect(endOf('short', 5)).toBe('short');
  expect(endOf('x'.repeat(600), 500)).toBe('(600 characters without a gap)');
  expect(lastWords({ stderr: 'a\nb\n', stdout: 'c\nd\n' })).toBe('b; c; d');
});

it('never shows a part of a word, wherever the text is cut', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 80 }), (words, most) => {
      const text = words.join(' ');
      for (const shown of [endOf(text, most), beginningOf(text, most)]) {
        if (shown.startsWith('(')) continue;
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(words).toEqual(expect.arrayContaining(shown.split(' ').filter((one) => one !== '')));
      }
    }),
  );
});
