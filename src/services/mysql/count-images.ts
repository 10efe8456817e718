import { prefixedLength, stepsOf, unknownStep } from './row-steps.ts';
import type { RowImages } from './row-walker.ts';
import type { TableMap } from './table-map.ts';

/**
 * Counts the rows by walking over their lengths; no value is read. Null when they can't be told apart: a column's type is
 * one whose length is not known here, or images hold no column at all.
 */
export function countImages(images: RowImages, table: TableMap): number | null {
  const { body, present } = images;
  const before = pathOf(table, present[0] ?? noColumns);
  const after = present[1] === undefined ? null : pathOf(table, present[1]);
  let at = images.at;
  let rows = 0;
  if (before.eights + (after?.eights ?? 0) === 0) return null;
  while (at < body.length) {
    at = passOver(body, at, before);
    if (after !== null) at = passOver(body, at, after);
    rows += 1;
  }
  return at === body.length ? rows : null;
}

/**
 * How to pass over one image. Columns go by eights, as their NULL bits do: for each eight, and each byte of NULL bits
 * that it was met with, the numbers of bytes between the values that carry a length, and how each of those does.
 */
interface Path {
  readonly steps: Int32Array;
  readonly columns: Uint16Array;
  /** Bytes of NULL bits, which is the number of eights. */
  readonly eights: number;
  /** By eight and byte: fixed bytes, then pairs of a length's form and the fixed bytes that follow. */
  readonly strides: (Int32Array | undefined)[];
}

const paths = new WeakMap<TableMap, Map<Uint16Array, Path>>();
const mostPaths = 256;
const noColumns = new Uint16Array();

function pathOf(table: TableMap, columns: Uint16Array): Path {
  let ofTable = paths.get(table);
  if (ofTable === undefined) {
    ofTable = new Map();
    paths.set(table, ofTable);
  }
  const known = ofTable.get(columns);
  if (known !== undefined) return known;
  const eights = (columns.length + 7) >> 3;
  const path = {
    steps: stepsOf(table),
    columns,
    eights,
    strides: Array.from({ length: eights << 8 }, () => undefined),
  };
  if (ofTable.size >= mostPaths) ofTable.clear();
  ofTable.set(columns, path);
  return path;
}

/** Where the image after this one begins; NaN when a column can't be passed over. */
function passOver(body: Buffer, from: number, path: Path): number {
  let at = from + path.eights;
  for (let eight = 0; eight < path.eights; eight += 1) {
    const key = (eight << 8) | (body[from + eight] ?? 0);
    const strides = path.strides[key] ?? (path.strides[key] = stridesOf(path, eight, key & 0xff));
    at += strides[0] ?? 0;
    for (let index = 1; index < strides.length; index += 2)
      at += prefixedLength(body, at, strides[index] ?? unknownStep) + (strides[index + 1] ?? 0);
  }
  return at;
}

function stridesOf({ steps, columns }: Path, eight: number, nulls: number): Int32Array {
  const strides = [0];
  for (let bit = 0; bit < 8; bit += 1) {
    const column = columns[(eight << 3) + bit];
    if (column === undefined || ((nulls >> bit) & 1) === 1) continue;
    const step = steps[column] ?? unknownStep;
    if (step < 0) strides.push(step, 0);
    else strides[strides.length - 1] = (strides.at(-1) ?? 0) + step;
  }
  return Int32Array.from(strides);
}
