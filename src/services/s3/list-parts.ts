import type { S3Object, S3Range } from '../../core/ports-s3.ts';
import { badAnswer } from './s3-fault.ts';

/** Pages in a row without a key that are believed: S3 may send some while it looks over what was deleted. */
const mostWithoutKeys = 100;

/** One page of a listing. */
export interface S3Page {
  /** Ordered by key, as UTF-8 octets. */
  readonly objects: readonly S3Object[];
  /** How to ask for the next one; null after the last. */
  readonly next: string | null;
}

/** How pages are had. */
export interface Paging {
  readonly page: (prefix: string, from: { token?: string; after?: string }, signal: AbortSignal) => Promise<S3Page>;
  /** Requests at a time. */
  readonly parallel: number;
  readonly signal?: AbortSignal;
}

/** A part of the keys: those after `after`, up to and with `to`. */
interface Part {
  readonly prefix: string;
  readonly after: string | null;
  readonly to: string | null;
}

/**
 * All pages of the ranges, several asked for at a time. A range that has one page costs one request; a longer one is cut
 * where `cuts` say. At most `parallel` pages wait to be taken: who takes slowly is not run over.
 */
export async function* listParts(
  ranges: readonly S3Range[],
  { page, parallel, signal }: Paging,
): AsyncGenerator<readonly S3Object[]> {
  const over = new AbortController();
  const both = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const waiting = createWaitingPages(parallel);
  const todo: (() => Promise<void>)[] = [];
  const follow = async (part: Part, first: { token?: string; after?: string }, begun: string): Promise<void> => {
    let from = first;
    let reached = begun;
    let withoutKeys = 0;
    for (;;) {
      const { objects, next } = await page(part.prefix, from, both);
      const { to } = part;
      const last = objects.at(-1);
      withoutKeys = last === undefined ? withoutKeys + 1 : 0;
      if (withoutKeys > mostWithoutKeys || (last !== undefined && reached !== '' && !isAfter(last.key, reached)))
        throw badAnswer('its pages do not come to an end: they bring no further keys');
      reached = last?.key ?? reached;
      const past = to !== null && last !== undefined && isAfter(last.key, to);
      await waiting.put(past ? objects.filter(({ key }) => !isAfter(key, to)) : objects);
      if (past || next === null) return;
      from = { token: next };
    }
  };
  const begin = async ({ prefix, cuts }: S3Range): Promise<void> => {
    const { objects, next } = await page(prefix, {}, both);
    await waiting.put(objects);
    if (next === null) return;
    const last = objects.at(-1)?.key ?? '';
    const inside = [...new Set(cuts)].filter((cut) => isAfter(cut, last)).sort((a, b) => (isAfter(a, b) ? 1 : -1));
    const parts = [null, ...inside].map((after, at): Part => ({ prefix, after, to: inside[at] ?? null }));
    for (const part of parts)
      todo.push(() => follow(part, part.after === null ? { token: next } : { after: part.after }, part.after ?? last));
  };
  todo.push(...ranges.map((range) => () => begin(range)));

  const running = new Set<Promise<void>>();
  const start = (): void => {
    while (running.size < parallel && !over.signal.aborted) {
      const work = todo.shift();
      if (work === undefined) break;
      const one = work()
        .catch((error: unknown) => waiting.fail(error))
        .finally(() => {
          running.delete(one);
          start();
          if (running.size === 0) waiting.end();
        });
      running.add(one);
    }
    if (running.size === 0) waiting.end();
  };
  start();
  try {
    for (let taken = await waiting.take(); taken !== null; taken = await waiting.take()) {
      if (taken.length > 0) yield taken;
    }
  } finally {
    over.abort();
    waiting.end();
  }
}

/** S3 orders keys by their octets in UTF-8, which for rare characters is not how strings compare. */
function isAfter(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
}

interface WaitingPages {
  /** Waits while there are `limit` pages. Once it has failed or ended, nothing more goes in. */
  put(page: readonly S3Object[]): Promise<void>;
  /** Null at the end; throws what it failed with. */
  take(): Promise<readonly S3Object[] | null>;
  fail(error: unknown): void;
  end(): void;
}

function createWaitingPages(limit: number): WaitingPages {
  const pages: (readonly S3Object[])[] = [];
  let state: { readonly is: 'open' | 'ended' } | { readonly is: 'failed'; readonly error: unknown } = { is: 'open' };
  let sleeping: (() => void)[] = [];
  const change = (to: typeof state): void => {
    if (state.is === 'open') state = to;
    wake();
  };
  const wake = (): void => {
    const woken = sleeping;
    sleeping = [];
    for (const one of woken) one();
  };
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      sleeping.push(resolve);
    });
  return {
    put: async (page) => {
      while (pages.length >= limit && state.is === 'open') await changed();
      if (state.is === 'open') pages.push(page);
      wake();
    },
    take: async () => {
      for (;;) {
        if (state.is === 'failed') throw state.error;
        const page = pages.shift();
        wake();
        if (page !== undefined) return page;
        if (state.is === 'ended') return null;
        await changed();
      }
    },
    fail: (error) => change({ is: 'failed', error }),
    end: () => change({ is: 'ended' }),
  };
}
