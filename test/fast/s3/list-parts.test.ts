import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { S3Object } from '../../../src/core/ports-s3.ts';
import { listParts, type S3Page } from '../../../src/services/s3/list-parts.ts';

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Answers as S3 does, from keys in the order of their octets. */
function bucket(keys: readonly string[], pageSize: number) {
  const sorted = [...keys].sort(bytes);
  const seen = { requests: 0, atOnce: 0, most: 0 };
  const page = async (prefix: string, from: { token?: string; after?: string }): Promise<S3Page> => {
    seen.requests += 1;
    seen.atOnce += 1;
    seen.most = Math.max(seen.most, seen.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    seen.atOnce -= 1;
    const after = from.token ?? from.after;
    const fit = sorted.filter((key) => key.startsWith(prefix) && (after === undefined || bytes(key, after) > 0));
    const objects = fit.slice(0, pageSize).map((key): S3Object => ({ key, size: 1, modifiedMs: 0 }));
    return { objects, next: fit.length > pageSize ? objects.at(-1)!.key : null };
  };
  return { page, seen };
}

async function all(pages: AsyncIterable<readonly S3Object[]>): Promise<string[]> {
  const keys: string[] = [];
  for await (const objects of pages) keys.push(...objects.map(({ key }) => key));
  return keys;
}

describe('a listing in parts', () => {
  it('has every key exactly once, whatever the cuts are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}', '\uffee'), maxLength: 4 }), {
          maxLength: 60,
        }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}', '\uffee'), maxLength: 4 }), {
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        async (names, cuts, pageSize, parallel) => {
          const keys = names.map((name) => `p/${name}`);
          const { page, seen } = bucket([...keys, 'o', 'q'], pageSize);
          const listed = await all(
            listParts([{ prefix: 'p/', cuts: cuts.map((cut) => `p/${cut}`) }], { page, parallel }),
          );
          expect(listed.sort()).toEqual(keys.sort());
          expect(seen.most).toBeLessThanOrEqual(parallel);
        },
      ),
    );
  });
  it('asks once for a range of one page', async () => {
    const { page, seen } = bucket(['p/a', 'p/b'], 10);
    await all(listParts([{ prefix: 'p/', cuts: ['p/a', 'p/b'] }], { page, parallel: 4 }));
    expect(seen.requests).toBe(1);
  });
  it('runs no further ahead than there are places when nobody takes', async () => {
    const { page, seen } = bucket(
      Array.from({ length: 500 }, (_, at) => `p/${String(at).padStart(3, '0')}`),
      5,
    );
    const pages = listParts([{ prefix: 'p/', cuts: ['p/1', 'p/2', 'p/3'] }], { page, parallel: 2 })[
      Symbol.asyncIterator
    ]();
    await pages.next();
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(seen.requests).toBeLessThanOrEqual(8);
    await pages.return(undefined);
  });
  it('throws what a page throws, and asks no more', async () => {
    const { page, seen } = bucket(
      Array.from({ length: 100 }, (_, at) => `p/${at}`),
      1,
    );
    const failing = async (...asked: Parameters<typeof page>): Promise<S3Page> => {
      if (seen.requests === 5) throw new Error('no');
      return await page(...asked);
    };
    await expect(all(listParts([{ prefix: 'p/', cuts: ['p/5'] }], { page: failing, parallel: 2 }))).rejects.toThrow(
      'no',
    );
    const { requests } = seen;
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(seen.requests).toBe(requests);
  });
});
