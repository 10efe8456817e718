import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { createS3Reader } from '../../src/services/s3/reader.ts';
import { cases, eachCase, readOrRefused } from './fuzzing.ts';

let answer: RequestListener = (_, response) => void response.end();
const server = createServer((request, response) => answer(request, response));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function listed(bucket: string, cuts: readonly string[] = []): Promise<string[]> {
  const reader = createS3Reader(
    {
      settings: {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'eu-west-2',
        pathStyle: true,
        tls: {},
        parallel: 4,
        timeoutMs: 10_000,
      },
      credentials: () => Promise.resolve({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
    },
    bucket,
  );
  try {
    const keys: string[] = [];
    for await (const page of reader.list([{ prefix: 'p/', cuts }])) {
      for (const { key, size, modifiedMs } of page) {
        expect(Number.isSafeInteger(size) && size >= 0, String(size)).toBe(true);
        expect(() => new Date(modifiedMs).toISOString()).not.toThrow();
        keys.push(key);
      }
    }
    return keys;
  } finally {
    reader.close();
  }
}

const object = (key: string): string =>
  `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-03-22T06:25:00.000Z</LastModified></Contents>`;
const page = (contents: string, token: string | null, count?: number): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix><EncodingType>url</EncodingType>${count === undefined ? '' : `<KeyCount>${count}</KeyCount>`}<IsTruncated>${token !== null}</IsTruncated>${token === null ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`}${contents}</ListBucketResult>`;
const xml = { 'content-type': 'application/xml' };

const whole = page(object('p/a') + object('p/b%20c'), null, 2);
const tags = [...whole.matchAll(/<[^>]*>|[^<]+/g)].map(([tag]) => tag);

test('a listing that is changed anywhere is read or refused', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '',
      '<',
      '&#x110000;',
      '&#99999999999;',
      '&bomb;',
      '&amp;',
      '<![CDATA[p/x]]>',
      '<!-- -->',
      '<Contents>',
      '</Contents>',
      '<Contents></Contents>',
      '<Contents><Key>p/k</Key></Contents>',
      object('%'),
      object('p/%ff'),
      object('p/%1b%5b2J'),
      object('../../etc/passwd'),
      '-1',
      '1e9',
      '9'.repeat(400),
      'never',
      '+999999-01-01T00:00:00Z',
      '<IsTruncated>true</IsTruncated>',
      '<!DOCTYPE x [<!ENTITY bomb "&bomb2;&bomb2;"><!ENTITY bomb2 "x">]>',
      '<a>'.repeat(5_000),
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const change = fc.record({ at: fc.nat(tags.length - 1), how: fc.constantFrom('put', 'replace', 'drop'), by: piece });
  const sampled = fc.sample(
    fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
      const copy = [...tags];
      for (const { at, how, by } of changes) copy.splice(at, how === 'put' ? 0 : 1, ...(how === 'drop' ? [] : [by]));
      return copy.join('');
    }),
    cases(100),
  );
  answer = (request, response) => {
    const number = Number(/^\/case-(\d+)/.exec(request.url ?? '')?.[1]);
    // A page that says that there are more gets an ordinary one next.
    const more = (request.url ?? '').includes('continuation-token');
    response.writeHead(200, xml).end(more ? page(object('p/z'), null) : sampled[number]);
  };
  await eachCase(sampled, async (_, at) => {
    const read = await readOrRefused(() => listed(`case-${at}`));
    if (!(read instanceof Fault)) for (const key of read.value) expect(key.startsWith('p/')).toBe(true);
  });
});

let asked = 0;
test.each<[string, (at: number) => string]>([
  ['the same page with the same token', () => page(object('p/a'), 'again')],
  ['the same page with new tokens', (at) => page(object('p/a'), `token-${at}`)],
  ['pages that go backwards', (at) => page(object(`p/${String(9_000 - at)}`), `token-${at}`)],
  ['pages without keys', (at) => page('', `token-${at}`)],
])('a listing without an end is refused: %s', async (_, reply) => {
  asked = 0;
  answer = (_request, response) => response.writeHead(200, xml).end(reply(asked++));
  for (const cuts of [[], ['p/m']]) {
    const read = await readOrRefused(() => listed('b', cuts));
    expect(read).toMatchObject({ problems: [{ code: 's3.bad-answer', exit: 'failed' }] });
  }
  expect(asked).toBeLessThan(5_000);
});

test('a first page without keys that says that there are more is not the whole listing', async () => {
  answer = (request, response) =>
    response
      .writeHead(200, xml)
      .end((request.url ?? '').includes('continuation-token') ? page(object('p/a'), null) : page('', 'next'));
  expect(await listed('b')).toEqual(['p/a']);
});
