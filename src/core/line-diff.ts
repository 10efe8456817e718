/** One line that an edit takes away or adds. `at`: line number, from 1, in the old text or in the new one. */
export interface DiffLine {
  readonly sign: '-' | '+';
  readonly at: number;
  readonly text: string;
}

/** Lines that differ, in order; lines in common are not given. Of texts as long as configuration files. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const old = before.split(/\r\n|\n|\r/);
  const fresh = after.split(/\r\n|\n|\r/);
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let oldEnd = old.length;
  let freshEnd = fresh.length;
  while (oldEnd > head && freshEnd > head && old[oldEnd - 1] === fresh[freshEnd - 1]) {
    oldEnd -= 1;
    freshEnd -= 1;
  }
  const common = lengths(old.slice(head, oldEnd), fresh.slice(head, freshEnd));
  const lines: DiffLine[] = [];
  let [a, b] = [head, head];
  while (a < oldEnd || b < freshEnd) {
    if (a < oldEnd && b < freshEnd && old[a] === fresh[b]) {
      a += 1;
      b += 1;
      continue;
    }
    const drop = common[a - head + 1]?.[b - head] ?? -1;
    const add = common[a - head]?.[b - head + 1] ?? -1;
    if (a < oldEnd && (b >= freshEnd || drop >= add)) {
      lines.push({ sign: '-', at: a + 1, text: old[a] ?? '' });
      a += 1;
    } else {
      lines.push({ sign: '+', at: b + 1, text: fresh[b] ?? '' });
      b += 1;
    }
  }
  return lines;
}

/** Longest common subsequence of the lines from each pair of places on. */
function lengths(old: readonly string[], fresh: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0));
  for (let a = old.length - 1; a >= 0; a -= 1) {
    for (let b = fresh.length - 1; b >= 0; b -= 1) {
      const row = table[a];
      if (row === undefined) continue;
      row[b] =
        old[a] === fresh[b] ? 1 + (table[a + 1]?.[b + 1] ?? 0) : Math.max(table[a + 1]?.[b] ?? 0, row[b + 1] ?? 0);
    }
  }
  return table;
}
