import type { FieldTable, FieldValue } from '../../core/message.ts';
import { longString, malformed, octets, shortString, take, type OctetReader } from './octets.ts';

/** Deeper than any broker nests; keeps a hostile message from exhausting the stack. */
const maxDepth = 200;

/** Reads a field table with its length; an unknown type is a Fault, as its size can't be known. */
export function readTable(reader: OctetReader, depth = 0): FieldTable {
  if (depth > maxDepth) throw malformed(`tables are nested deeper than ${maxDepth}`, reader.at);
  const size = reader.bytes.readUInt32BE(take(reader, 4));
  const at = take(reader, size);
  const inner = octets(reader.bytes, at, at + size);
  const table: (readonly [Uint8Array, FieldValue])[] = [];
  while (inner.at < inner.end) table.push([shortString(inner), readValue(inner, depth)]);
  return table;
}

function readValue(reader: OctetReader, depth: number): FieldValue {
  const { bytes } = reader;
  const from = take(reader, 1);
  const t = String.fromCharCode(bytes.readUInt8(from));
  switch (t) {
    case 't': {
      const raw = bytes.readUInt8(take(reader, 1));
      return raw > 1 ? { t, v: true, raw } : { t, v: raw === 1 };
    }
    case 'b':
      return { t, v: bytes.readInt8(take(reader, 1)) };
    case 'B':
      return { t, v: bytes.readUInt8(take(reader, 1)) };
    case 's':
      return { t, v: bytes.readInt16BE(take(reader, 2)) };
    case 'u':
      return { t, v: bytes.readUInt16BE(take(reader, 2)) };
    case 'I':
      return { t, v: bytes.readInt32BE(take(reader, 4)) };
    case 'i':
      return { t, v: bytes.readUInt32BE(take(reader, 4)) };
    case 'l':
      return { t, v: bytes.readBigInt64BE(take(reader, 8)) };
    case 'L':
    case 'T':
      return { t, v: bytes.readBigUInt64BE(take(reader, 8)) };
    case 'f':
      return float(t, bytes, take(reader, 4), 4);
    case 'd':
      return float(t, bytes, take(reader, 8), 8);
    case 'D': {
      const at = take(reader, 5);
      return { t, scale: bytes.readUInt8(at), v: bytes.readUInt32BE(at + 1) };
    }
    case 'S':
    case 'x':
      return { t, v: longString(reader) };
    case 'A': {
      if (depth >= maxDepth) throw malformed(`arrays are nested deeper than ${maxDepth}`, from);
      const size = bytes.readUInt32BE(take(reader, 4));
      const at = take(reader, size);
      const inner = octets(bytes, at, at + size);
      const v: FieldValue[] = [];
      while (inner.at < inner.end) v.push(readValue(inner, depth + 1));
      return { t, v };
    }
    case 'F':
      return { t, v: readTable(reader, depth + 1) };
    case 'V':
      return { t };
    default:
      throw malformed(`a header value has the unknown type ${JSON.stringify(t)}`, from);
  }
}

function float(t: 'f' | 'd', bytes: Buffer, at: number, size: number): FieldValue {
  const v = t === 'f' ? bytes.readFloatBE(at) : bytes.readDoubleBE(at);
  return Number.isNaN(v) ? { t, v, raw: bytes.subarray(at, at + size) } : { t, v };
}

/** The octets of a field table, length first: the very ones that it was read from. */
export function tableOctets(table: FieldTable): Buffer {
  const parts: Buffer[] = [Buffer.alloc(4)];
  for (const [name, value] of table) {
    parts.push(Buffer.from([name.length]), Buffer.from(name));
    writeValue(parts, value);
  }
  return sized(parts);
}

function writeValue(parts: Buffer[], value: FieldValue): void {
  parts.push(Buffer.from(value.t, 'latin1'));
  switch (value.t) {
    case 't':
      parts.push(Buffer.from([value.raw ?? Number(value.v)]));
      return;
    case 'b':
      parts.push(number(1, (to) => to.writeInt8(value.v)));
      return;
    case 'B':
      parts.push(number(1, (to) => to.writeUInt8(value.v)));
      return;
    case 's':
      parts.push(number(2, (to) => to.writeInt16BE(value.v)));
      return;
    case 'u':
      parts.push(number(2, (to) => to.writeUInt16BE(value.v)));
      return;
    case 'I':
      parts.push(number(4, (to) => to.writeInt32BE(value.v)));
      return;
    case 'i':
      parts.push(number(4, (to) => to.writeUInt32BE(value.v)));
      return;
    case 'l':
      parts.push(number(8, (to) => to.writeBigInt64BE(value.v)));
      return;
    case 'L':
    case 'T':
      parts.push(number(8, (to) => to.writeBigUInt64BE(value.v)));
      return;
    case 'f':
      parts.push(value.raw === undefined ? number(4, (to) => to.writeFloatBE(value.v)) : Buffer.from(value.raw));
      return;
    case 'd':
      parts.push(value.raw === undefined ? number(8, (to) => to.writeDoubleBE(value.v)) : Buffer.from(value.raw));
      return;
    case 'D':
      parts.push(
        Buffer.from([value.scale]),
        number(4, (to) => to.writeUInt32BE(value.v)),
      );
      return;
    case 'S':
    case 'x':
      parts.push(
        number(4, (to) => to.writeUInt32BE(value.v.length)),
        Buffer.from(value.v),
      );
      return;
    case 'A': {
      const inner: Buffer[] = [Buffer.alloc(4)];
      for (const item of value.v) writeValue(inner, item);
      parts.push(sized(inner));
      return;
    }
    case 'F':
      parts.push(tableOctets(value.v));
      return;
    case 'V':
      return;
    default:
      value satisfies never;
  }
}

function number(size: number, write: (to: Buffer) => unknown): Buffer {
  const to = Buffer.alloc(size);
  write(to);
  return to;
}

function sized(parts: readonly Buffer[]): Buffer {
  const all = Buffer.concat(parts);
  all.writeUInt32BE(all.length - 4, 0);
  return all;
}
