/** A table as an event of the binlog describes it: what is needed to walk over its rows. */
export interface TableMap {
  readonly schema: string;
  readonly table: string;
  /** Type of each column as stored in the binlog, with its metadata number. */
  readonly types: Uint8Array;
  readonly metadata: Uint16Array;
}

/** Reads a packed length; returns the value and where the next byte is. */
export function packedLength(body: Buffer, at: number): { readonly value: number; readonly at: number } {
  const first = body[at] ?? 0;
  if (first < 251) return { value: first, at: at + 1 };
  if (first === 252) return { value: body.readUInt16LE(at + 1), at: at + 3 };
  if (first === 253) return { value: body.readUIntLE(at + 1, 3), at: at + 4 };
  return { value: Number(body.readBigUInt64LE(at + 1)), at: at + 9 };
}

/** The id by which events of rows name their table, as a number that fits. */
export function tableId(body: Buffer): number {
  return body.readUIntLE(0, 6);
}

/** Reads a table map event. */
export function readTableMap(body: Buffer): TableMap {
  const schemaEnd = 9 + (body[8] ?? 0);
  const tableAt = schemaEnd + 2;
  const tableEnd = tableAt + (body[schemaEnd + 1] ?? 0);
  const columns = packedLength(body, tableEnd + 1);
  const types = Uint8Array.from(body.subarray(columns.at, columns.at + columns.value));
  const metadata = new Uint16Array(types.length);
  let at = packedLength(body, columns.at + columns.value).at;
  types.forEach((type, index) => {
    const bytes = metadataBytes(type);
    // Two-byte metadata of these is a type and a length, in that order; the others are numbers.
    if (bytes === 2) metadata[index] = bigEndian.has(type) ? body.readUInt16BE(at) : body.readUInt16LE(at);
    else if (bytes === 1) metadata[index] = body[at] ?? 0;
    at += bytes;
  });
  return {
    schema: body.toString('utf8', 9, schemaEnd),
    table: body.toString('utf8', tableAt, tableEnd),
    types,
    metadata,
  };
}

/** NEWDECIMAL (precision, scale), ENUM, SET and STRING (real type, length). */
const bigEndian = new Set([246, 247, 248, 254]);

function metadataBytes(type: number): 0 | 1 | 2 {
  switch (type) {
    case 15: // VARCHAR
    case 16: // BIT
    case 141: // VARCHAR, compressed
    case 246: // NEWDECIMAL
    case 247: // ENUM
    case 248: // SET
    case 253: // VAR_STRING
    case 254: // STRING
      return 2;
    case 4: // FLOAT
    case 5: // DOUBLE
    case 17: // TIMESTAMP2
    case 18: // DATETIME2
    case 19: // TIME2
    case 140: // BLOB, compressed
    case 242: // VECTOR
    case 245: // JSON
    case 249: // BLOBs
    case 250:
    case 251:
    case 252:
    case 255: // GEOMETRY
      return 1;
    default:
      return 0;
  }
}
