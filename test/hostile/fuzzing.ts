import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { Fault } from '../../src/core/fault.ts';

/** The seed of everything random here; the same one makes the same cases again. */
export const seed = Number(process.env['ESR_OPS_SEED'] ?? 20_260_322);

const factor = Number(process.env['ESR_OPS_FUZZ'] ?? 1);
vi.setConfig({ testTimeout: 60_000 * Math.max(1, factor) });

/** Parameters of a property: so many cases in CI, ESR_OPS_FUZZ times as many in `npm run torture`. */
export function cases(inCi: number): { readonly seed: number; readonly numRuns: number } {
  return { seed, numRuns: Math.ceil(inCi * factor) };
}

/** Does each case, many at a time: those that wait hold up no others. A failure says which case it was. */
export async function eachCase<T>(all: readonly T[], work: (one: T, at: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < all.length; at = next++) {
      try {
        await work(all[at] as T, at);
      } catch (error) {
        const shown = JSON.stringify(all[at]).slice(0, 2_000);
        throw new Error(`case ${at} of ESR_OPS_SEED=${seed}: ${shown}`, { cause: error });
      }
    }
  };
  // All of them come to their end: what a test takes away afterwards is then nobody's any more.
  const ended = await Promise.allSettled(Array.from({ length: 16 }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** Longest time for one case, in milliseconds: what takes longer hangs. */
const patienceMs = 20_000;

/**
 * What a reading gave, or the Fault that refused it. Anything else that is thrown would be reported as a bug of the
 * program, and a reading that does not end would hang it: both fail here. A Fault is also looked at: a code of its own,
 * an exit code, and no stack trace or inner error in its words.
 */
export async function readOrRefused<T>(work: () => Promise<T> | T): Promise<{ readonly value: T } | Fault> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return { value: await Promise.race([(async () => await work())(), late]) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    for (const { code, message, exit } of error.problems) {
      expect(code).toMatch(/^[a-z0-9]+(\.[a-z0-9-]+)+$/);
      expect(Object.keys(exitCodes)).toContain(exit);
      expect(message).not.toMatch(
        /This should not happen|\n\s+at |undefined|call stack|is not a function|ZodError|\[object/,
      );
      expect(message.length).toBeLessThan(5_000);
    }
    return error;
  } finally {
    clearTimeout(timer);
  }
}

/** JSON texts that no server and no file should hold in a place where something else is expected. */
const hostileJson: readonly string[] = [
  'null',
  'true',
  '-1',
  '0.5',
  '1e400',
  '-1e400',
  '9007199254740993',
  '8640000000000001',
  '""',
  '"."',
  '".."',
  '"../../../etc/passwd"',
  '"--help"',
  '"\\u001b[2J\\u0007"',
  '"\\u202egnp"',
  '"a\\nb\\r\\nc"',
  '"\\ud800"',
  '"\\u0000"',
  JSON.stringify('x'.repeat(70_000)),
  '[]',
  '[null]',
  '[[]]',
  '{}',
  '{"":null}',
  '{"__proto__":{"name":"x"},"constructor":1,"toString":2}',
  '['.repeat(300) + ']'.repeat(300),
  '{"a":'.repeat(300) + '1' + '}'.repeat(300),
  '['.repeat(30_000) + ']'.repeat(30_000),
  '{"a":'.repeat(30_000) + '1' + '}'.repeat(30_000),
  '['.repeat(30_000),
];

const marker = '\u{e000}hostile\u{e000}';

/** JSON text of a value in which one to three places hold something else, are gone or are there twice; or cut off. */
export function mutated(value: unknown): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(1_000_000),
    how: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'double'),
    by: fc.oneof(
      fc.constantFrom(...hostileJson),
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
    ),
  });
  return fc
    .record({
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 8, nil: null }),
    })
    .map(({ changes, cut }) => {
      const text = changes.reduce((json, { at, how, by }) => changedAt(json, at, how, by), JSON.stringify(value));
      return cut === null ? text : text.slice(0, Math.floor(text.length * cut));
    });
}

function changedAt(json: string, at: number, how: string, by: string): string {
  let root: unknown;
  try {
    root = { root: JSON.parse(json) as unknown };
    const places: { readonly of: Record<string, unknown> | unknown[]; readonly key: string | number }[] = [];
    const waiting: unknown[] = [root];
    for (let one = waiting.pop(); one !== undefined && places.length < 5_000; one = waiting.pop()) {
      if (typeof one !== 'object' || one === null) continue;
      const of = one as Record<string, unknown>;
      for (const key of Array.isArray(one) ? one.keys() : Object.keys(one)) {
        places.push({ of, key });
        waiting.push(of[key]);
      }
    }
    const place = places[at % places.length];
    if (place === undefined) return json;
    const { of, key } = place;
    if (how === 'replace' || Array.isArray(of) === (key === 'root'))
      (of as Record<string | number, unknown>)[key] = marker;
    else if (Array.isArray(of))
      of.splice(Number(key), how === 'drop' ? 1 : 0, ...(how === 'drop' ? [] : [of[Number(key)]]));
    else if (how === 'drop') Reflect.deleteProperty(of, key);
    else of[`${key}2`] = of[String(key)];
    return JSON.stringify((root as { root: unknown }).root ?? null).replace(JSON.stringify(marker), () => by);
  } catch {
    // Too deep to be changed once more.
    return json;
  }
}
