/**
 * What happens to the program at a record: killed before it is written, with half of it written, after it was synced;
 * or the disk is full in the middle of it, or fails to sync it.
 */
export const ways = ['before', 'torn', 'after', 'full', 'unsynced'] as const;

/** Whether the program is killed there; otherwise it has to stop by itself. */
export const isKill = (way: (typeof ways)[number]): boolean => way !== 'full' && way !== 'unsynced';

/**
 * Whether such an end leaves nothing to resume: no first record. One that was written and not synced is there for all
 * who read it (a disk that then loses it leaves what `before` leaves).
 */
export const leavesNothing = ({ record, way }: Pick<Point, 'record' | 'way'>): boolean =>
  record === 0 && way !== 'after' && way !== 'unsynced';

/** What all that is drawn in a file of tests begins with: the one that it prints makes the same again. */
export const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));

/** One place to be killed at. */
export interface Point {
  readonly fault: 'down' | 'sick';
  /** Record of the journal, counted from 0. */
  readonly record: number;
  readonly way: (typeof ways)[number];
}

/** Every point of a run that writes so many records; by default those at which it is killed. */
export function pointsOf(
  fault: Point['fault'],
  records: number,
  of: readonly Point['way'][] = ways.filter(isKill),
): readonly Point[] {
  return Array.from({ length: records }, (_, record) => of.map((way) => ({ fault, record, way }))).flat();
}

/** A number from 0 up to 1 at each call, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of the items, each at most once, in the order they had. */
export function sample<T>(items: readonly T[], count: number, random: () => number): readonly T[] {
  const drawn = items.map((item, index) => ({ item, index, at: random() })).sort((a, b) => a.at - b.at);
  return drawn
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}

/** Works on the items, so many at a time; every item is worked on, whatever happens to the others. */
export async function inPool<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}
