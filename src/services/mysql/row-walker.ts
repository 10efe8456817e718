import { prefixedLength, stepsOf, unknownStep } from './row-steps.ts';
import { packedLength, type TableMap } from './table-map.ts';

/** An event's rows, ready to be walked. */
export interface RowImages {
  readonly body: Buffer;
  /** Where the first row's image begins. */
  readonly at: number;
  /**
   * Columns that each image holds: those before the change, and for updates those after it. The same columns are the
   * same array from event to event.
   */
  readonly present: readonly Uint16Array[];
}

const updates = new Set([24, 31, 39, 167, 170]);

/** Reads what stands before the rows. `type` is the event's; partial updates of JSON (type 39) have another layout and are not for this. */
export function openRows(type: number, body: Buffer): RowImages {
  // Version 2 carries extra data before the columns; MariaDB's compressed types 169 to 171 are of version 2.
  const versioned = (type >= 30 && type <= 39) || (type >= 169 && type <= 171);
  const columns = packedLength(body, versioned ? 8 + body.readUInt16LE(8) : 8);
  const bytes = (columns.value + 7) >> 3;
  const images = updates.has(type) ? 2 : 1;
  const first = presentColumns(body, columns.at, columns.value);
  const present = images === 1 ? [first] : [first, presentColumns(body, columns.at + bytes, columns.value)];
  return { body, at: columns.at + images * bytes, present };
}

/** Sets of columns that were met, by their bits: thousands of events name the same ones. */
const met = new Map<string, Uint16Array>();
const mostMet = 4_096;
/** By their number: all columns of a table. */
const whole: (Uint16Array | undefined)[] = [];

function presentColumns(body: Buffer, at: number, count: number): Uint16Array {
  const known = whole[count];
  if (known !== undefined && allSet(body, at, count)) return known;
  const key = `${count}:${body.toString('latin1', at, at + ((count + 7) >> 3))}`;
  const same = met.get(key);
  if (same !== undefined) return same;
  const indexes: number[] = [];
  for (let column = 0; column < count; column += 1)
    if ((((body[at + (column >> 3)] ?? 0) >> (column & 7)) & 1) === 1) indexes.push(column);
  const made = Uint16Array.from(indexes);
  if (indexes.length === count) whole[count] = made;
  if (met.size >= mostMet) met.clear();
  met.set(key, made);
  return made;
}

function allSet(body: Buffer, at: number, count: number): boolean {
  const last = at + (count >> 3);
  for (let byte = at; byte < last; byte += 1) if (body[byte] !== 0xff) return false;
  const rest = (1 << (count & 7)) - 1;
  return ((body[last] ?? 0) & rest) === rest;
}

/** Offset and length of each column's value in one image; null where the value is NULL or not present. */
export function locateValues(
  images: RowImages,
  table: TableMap,
  image: number,
): {
  readonly values: readonly ({ readonly at: number; readonly length: number } | null)[];
  readonly next: number;
} | null {
  const columns = images.present[image] ?? new Uint16Array();
  const from = images.at;
  const steps = stepsOf(table);
  const values: ({ at: number; length: number } | null)[] = Array.from(table.types, () => null);
  let at = from + ((columns.length + 7) >> 3);
  for (const [index, column] of columns.entries()) {
    if ((((images.body[from + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1) continue;
    const step = steps[column] ?? unknownStep;
    const length = step >= 0 ? step : prefixedLength(images.body, at, step);
    if (Number.isNaN(length)) return null;
    values[column] = { at, length };
    at += length;
  }
  return { values, next: at };
}

/** Told for each image of a row: 0 is before the change, or the only one; where each wanted column's value begins. */
export type WalkedImage = (image: number, at: Int32Array) => void;

/** In place of an offset: the value is NULL, or the image does not hold the column. */
export const nullValue = -1;
export const absentValue = -2;

/**
 * Walks over all rows and tells where the values of some columns (by index) are. False: the rows can't be told apart,
 * and those told so far may be wrong.
 */
export function walkRows(images: RowImages, table: TableMap, wanted: readonly number[], told: WalkedImage): boolean {
  const { body, present } = images;
  const steps = stepsOf(table);
  const places = present.map((columns) => Int32Array.from(columns, (column) => wanted.indexOf(column)));
  const found = new Int32Array(wanted.length);
  let at = images.at;
  while (at < body.length) {
    for (let image = 0; image < present.length; image += 1) {
      const columns = present[image] ?? noColumns;
      const place = places[image] ?? noPlaces;
      const nulls = at;
      at += (columns.length + 7) >> 3;
      found.fill(absentValue);
      for (let index = 0; index < columns.length; index += 1) {
        const slot = place[index] ?? -1;
        if ((((body[nulls + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1) {
          if (slot >= 0) found[slot] = nullValue;
          continue;
        }
        if (slot >= 0) found[slot] = at;
        const step = steps[columns[index] ?? 0] ?? unknownStep;
        at += step >= 0 ? step : prefixedLength(body, at, step);
      }
      if (Number.isNaN(at) || at > body.length) return false;
      told(image, found);
    }
  }
  return true;
}

const noColumns = new Uint16Array();
const noPlaces = new Int32Array();
