/** Record numbers as a list of inclusive ranges. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** Ranges of numbers, in the order in which they are given. */
export function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

/** A set of record numbers that is filled by ranges and asked in ascending order or not. */
export function rangeSet(): {
  /** Returns how many of them were in it already. */
  add(ranges: Ranges): number;
  has(number: number): boolean;
  size(): number;
} {
  const words = new Map<number, number>();
  let size = 0;
  return {
    add(ranges) {
      let there = 0;
      for (const [from, to] of ranges) {
        for (let number = from; number <= to; number += 1) {
          const word = words.get(number >>> 5) ?? 0;
          const bit = 1 << (number & 31);
          if ((word & bit) !== 0) {
            there += 1;
            continue;
          }
          words.set(number >>> 5, word | bit);
          size += 1;
        }
      }
      return there;
    },
    has: (number) => ((words.get(number >>> 5) ?? 0) & (1 << (number & 31))) !== 0,
    size: () => size,
  };
}
