import type { TableMap } from './table-map.ts';

/** How to pass over each column: its bytes, or a negative number for values that carry their length in 1 to 4 bytes. */
export function stepsOf(table: TableMap): Int32Array {
  const known = compiled.get(table);
  if (known !== undefined) return known;
  const steps = Int32Array.from(table.types, (type, column) => stepOf(type, table.metadata[column] ?? 0));
  compiled.set(table, steps);
  return steps;
}

const compiled = new WeakMap<TableMap, Int32Array>();
/** Step of a type whose values can't be passed over. */
export const unknownStep = -100;

/** Length of the value at `at` whose own length stands before it; NaN when it can't be told. */
export function prefixedLength(body: Buffer, at: number, step: number): number {
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
