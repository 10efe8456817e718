import { describe, expect, it } from 'vitest';
import { createErrorWatch, type ErrorShift } from '../../../src/core/error-watch.ts';
import type { Signature } from '../../../src/core/signature.ts';

const signature = (id: string): Signature => ({
  id,
  title: id.toUpperCase(),
  matches: [id],
  whole: null,
  missing: '',
  from: '',
  meanings: [{ means: 'm', says: null, look: 'l', found: [] }],
});
const signatures = [signature('alpha'), signature('beta')];

/** What each look after the first says, for the log as it is at each. */
async function shifts(...logs: readonly (readonly string[] | Error)[]): Promise<readonly (ErrorShift | undefined)[]> {
  let at = -1;
  const read = (): Promise<readonly string[]> => {
    at += 1;
    const lines = logs[at]!;
    return lines instanceof Error ? Promise.reject(lines) : Promise.resolve(lines);
  };
  const watch = createErrorWatch([{ name: 'cdc', read }], signatures, (work) => work().catch(() => null));
  expect(await watch.look()).toEqual([]);
  const seen = [];
  for (let step = 1; step < logs.length; step += 1) seen.push((await watch.look())[0]);
  return seen;
}

describe('errors before and after a step', () => {
  it('are gone, new, or still there', async () => {
    expect(
      await shifts(['alpha'], ['alpha', 'fine', 'beta'], ['alpha', 'fine', 'beta', 'beta', 'x'], ['beta', 'x', 'well']),
    ).toEqual([
      { component: 'cdc', lines: 2, gone: ['ALPHA'], fresh: ['BETA'], still: [] },
      { component: 'cdc', lines: 2, gone: [], fresh: [], still: ['BETA'] },
      { component: 'cdc', lines: 1, gone: ['BETA'], fresh: [], still: [] },
    ]);
  });
  it('are not over because a log is silent or can not be read', async () => {
    expect(await shifts(['alpha'], ['alpha'], new Error('gone'), ['alpha', 'well'])).toEqual([
      undefined,
      undefined,
      { component: 'cdc', lines: 1, gone: ['ALPHA'], fresh: [], still: [] },
    ]);
  });
  it('are those of the whole log when nothing of it is as it was', async () => {
    expect(await shifts(['alpha'], ['a new log', 'beta'])).toEqual([
      { component: 'cdc', lines: null, gone: ['ALPHA'], fresh: ['BETA'], still: [] },
    ]);
  });
  it('tell lines that come again from those that were there', async () => {
    expect(await shifts(['x', 'beta'], ['x', 'beta', 'y', 'beta'])).toEqual([
      { component: 'cdc', lines: 2, gone: [], fresh: [], still: ['BETA'] },
    ]);
  });
});
