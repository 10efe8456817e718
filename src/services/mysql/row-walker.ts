import { packedLength, type TableMap } from './table-map.ts';

/** An event's rows, ready to be walked. */
export interface RowImages {
  readonly body: Buffer;
  /** Where the first row's image begins. */
  readonly at: number;
  /** Columns that each image holds: those before the change, and for updates those after it. */
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
  const present = Array.from({ length: images }, (_, image) => {
    const from = columns.at + image * bytes;
    const bits = body.subarray(from, from + bytes);
    const indexes: number[] = [];
    for (let column = 0; column < columns.value; column += 1)
      if ((((bits[column >> 3] ?? 0) >> (column & 7)) & 1) === 1) indexes.push(column);
    return Uint16Array.from(indexes);
  });
  return { body, at: columns.at + images * bytes, present };
}

/** Counts the rows; null when a column's type is one whose length is not known here. */
export function countRows(images: RowImages, table: TableMap): number | null {
  const { body, present } = images;
  const steps = stepsOf(table);
  let at = images.at;
  let rows = 0;
  while (at < body.length) {
    for (const columns of present) at = skipImage(body, at, columns, steps);
    rows += 1;
  }
  return at === body.length ? rows : null;
}

/** Where the image after this one begins; NaN when a column can't be passed over. */
function skipImage(body: Buffer, from: number, columns: Uint16Array, steps: Int32Array): number {
  const count = columns.length;
  let at = from + ((count + 7) >> 3);
  for (let index = 0; index < count; index += 1) {
    if ((((body[from + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1) continue;
    const step = steps[columns[index] ?? 0] ?? unknownStep;
    at += step >= 0 ? step : prefixedLength(body, at, step);
  }
  return at;
}

/** How to pass over each column: its bytes, or a negative number for values that carry their length in 1 to 4 bytes. */
function stepsOf(table: TableMap): Int32Array {
  const known = compiled.get(table);
  if (known !== undefined) return known;
  const steps = Int32Array.from(table.types, (type, column) => stepOf(type, table.metadata[column] ?? 0));
  compiled.set(table, steps);
  return steps;
}

const compiled = new WeakMap<TableMap, Int32Array>();
const unknownStep = -100;

function prefixedLength(body: Buffer, at: number, step: number): number {
  const first = body[at] ?? Number.NaN;
  switch (step) {
    case -1:
      return 1 + first;
    case -2:
      return 2 + first + (body[at + 1] ?? Number.NaN) * 0x1_00;
    case -3:
      return 3 + first + (body[at + 1] ?? Number.NaN) * 0x1_00 + (body[at + 2] ?? Number.NaN) * 0x1_00_00;
    case -4:
      return at + 4 <= body.length ? 4 + body.readUInt32LE(at) : Number.NaN;
    default:
      return Number.NaN;
  }
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

const decimalBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

function stepOf(type: number, metadata: number): number {
  switch (type) {
    case 1: // TINY
    case 13: // YEAR
      return 1;
    case 2: // SHORT
      return 2;
    case 9: // INT24
    case 10: // DATE
    case 11: // TIME
    case 14: // NEWDATE
      return 3;
    case 3: // LONG
    case 4: // FLOAT
    case 7: // TIMESTAMP
      return 4;
    case 5: // DOUBLE
    case 8: // LONGLONG
    case 12: // DATETIME
      return 8;
    case 6: // NULL
      return 0;
    case 17: // TIMESTAMP2
      return 4 + ((metadata + 1) >> 1);
    case 18: // DATETIME2
      return 5 + ((metadata + 1) >> 1);
    case 19: // TIME2
      return 3 + ((metadata + 1) >> 1);
    case 16: // BIT
      return (metadata >> 8) + ((metadata & 0xff) > 0 ? 1 : 0);
    case 15: // VARCHAR
    case 141:
    case 253: // VAR_STRING
      return metadata < 256 ? -1 : -2;
    case 246: // NEWDECIMAL
      return decimalLength(metadata >> 8, metadata & 0xff);
    case 247: // ENUM
    case 248: // SET
      return metadata & 0xff;
    case 254: // STRING
      return stringStep(metadata);
    case 140: // BLOB, compressed
    case 242: // VECTOR
    case 245: // JSON
    case 249: // BLOBs
    case 250:
    case 251:
    case 252:
    case 255: // GEOMETRY
      return metadata >= 1 && metadata <= 4 ? -metadata : unknownStep;
    default:
      return unknownStep;
  }
}

function decimalLength(precision: number, scale: number): number {
  const whole = precision - scale;
  return (
    Math.floor(whole / 9) * 4 +
    (decimalBytes[whole % 9] ?? 0) +
    Math.floor(scale / 9) * 4 +
    (decimalBytes[scale % 9] ?? 0)
  );
}

/** CHAR, BINARY, ENUM and SET share a type; lengths from 256 on borrow two inverted bits of the type byte. */
function stringStep(metadata: number): number {
  const real = metadata >> 8;
  if (real === 247 || real === 248) return metadata & 0xff;
  const longest = (real & 0x30) === 0x30 ? metadata & 0xff : (metadata & 0xff) | (((real & 0x30) ^ 0x30) << 4);
  return longest < 256 ? -1 : -2;
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
