import { expect } from 'vitest';
import type { Fault } from '../../src/core/fault.ts';
import { place, type PlaceOptions } from '../../src/services/maxwell/place.ts';
import type { IndependentLog } from './independent-reader.ts';

/** The code and the words with which a place is refused. */
export async function refusedPlace(options: PlaceOptions): Promise<{ code: string; text: string; details: unknown }> {
  const fault = await place(options).then(
    (found) => {
      throw new Error(`taken: ${found.file}:${found.offset}`);
    },
    (error: unknown) => error as Fault,
  );
  const [first] = fault.problems;
  return { code: first.code, text: [first.message, ...(first.next ?? [])].join('\n'), details: first.details };
}

/**
 * In one file, every boundary that an independent reader found is taken, and what lies around each is refused and names
 * the nearest ones.
 */
export async function comparePlaces(
  options: Omit<PlaceOptions, 'start'>,
  log: IndependentLog,
  file: string,
  atMost: number,
): Promise<void> {
  const number = Number(/\d+$/.exec(file)?.[0]);
  const boundaries = [...(log.boundaries.get(number) ?? [])].sort((a, b) => a - b);
  const inside = log.transactions.filter((one) => one.file === number).slice(0, atMost);
  expect(inside.length).toBeGreaterThan(2);
  for (const offset of boundaries.slice(0, atMost)) {
    const found = await place({ ...options, start: { position: { file, offset }, stored: false } });
    expect(found).toMatchObject({ file, offset, proven: true, basis: 'position' });
  }
  for (const { start, end } of inside)
    for (const offset of [start + 1, end - 31, end - 1]) {
      const refused = await refusedPlace({ ...options, start: { position: { file, offset }, stored: false } });
      expect(refused).toMatchObject({ code: 'position.inside-transaction' });
      const { before, after } = refused.details as { before: string; after: string };
      expect(after).toBe(`${file}:${end}`);
      // The independent reader does not know where MySQL's transactions begin that have a GTID.
      expect(Number(before.split(':')[1])).toBeLessThanOrEqual(start);
      expect(boundaries.filter((one) => one > Number(before.split(':')[1]) && one < start)).toEqual([]);
    }
}
