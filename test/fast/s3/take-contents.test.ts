import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takeContents } from '../../../src/services/s3/take-contents.ts';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replaceAll('b', '&#x62;');
const document = (keys: readonly string[]): string =>
  `<?xml version="1.0"?><ListBucketResult><Name>n</Name>${keys.map((key, at) => `<Contents><Key>${escaped(key)}</Key><LastModified>2021-07-28T12:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>${at}</Size><Owner><ID>Key</ID></Owner></Contents>`).join('')}<KeyCount>${keys.length}</KeyCount></ListBucketResult>`;

it('takes every key with its size and time, and leaves the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (keys) => {
      const usable = keys.filter((key) => !/[\u0000-\u001f]/.test(key));
      const taken = takeContents(document(usable));
      expect(taken?.objects).toEqual(
        usable.map((key, size) => ({ key, size, modifiedMs: Date.parse('2021-07-28T12:00Z') })),
      );
      expect(taken?.rest).toBe(document([]).replace('<KeyCount>0', `<KeyCount>${usable.length}`));
    }),
  );
});

it.each([
  ['character data', document(['a']).replace('<Key>a', '<Key><![CDATA[a]]>')],
  ['an attribute', document(['a']).replace('<Contents>', '<Contents x="1">')],
  ['a time that is none', document(['a']).replace('2021-07-28T12', 'x')],
  ['no size', document(['a']).replace('<Size>0</Size>', '')],
])('leaves a document with %s to the parser', (_, xml) => {
  expect(takeContents(xml)).toBeNull();
});
