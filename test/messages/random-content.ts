import fc from 'fast-check';

/**
 * Octets of content headers (flags and properties) over all types, made without the product's codec. Infinite numbers
 * and those that are none are left out: the broker itself fails on them (541).
 */
const u8 = (value: number): Buffer => Buffer.from([value & 255]);
const u32 = (value: number): Buffer => {
  const to = Buffer.alloc(4);
  to.writeUInt32BE(value >>> 0);
  return to;
};
const octets = (size: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));
const text = (most: number): fc.Arbitrary<Buffer> =>
  fc.string({ unit: 'grapheme', maxLength: most }).map((value) => {
    const bytes = Buffer.from(value);
    return bytes.length > most ? bytes.subarray(0, 0) : bytes;
  });
const short = (most = 60): fc.Arbitrary<Buffer> => text(most).map((bytes) => Buffer.concat([u8(bytes.length), bytes]));
const longBytes = (bytes: Buffer): Buffer => Buffer.concat([u32(bytes.length), bytes]);
const tagged = (tag: string, value: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  value.map((bytes) => Buffer.concat([Buffer.from(tag), bytes]));

const { table } = fc.letrec<{ value: Buffer; table: Buffer; array: Buffer }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tagged('t', fc.constantFrom(u8(0), u8(1))),
    tagged('b', octets(1)),
    tagged('B', octets(1)),
    tagged('s', octets(2)),
    tagged('u', octets(2)),
    tagged('I', octets(4)),
    tagged('i', octets(4)),
    tagged('l', octets(8)),
    tagged(
      'f',
      octets(4).filter((bytes) => Number.isFinite(bytes.readFloatBE(0))),
    ),
    tagged(
      'd',
      octets(8).filter((bytes) => Number.isFinite(bytes.readDoubleBE(0))),
    ),
    tagged('D', octets(5)),
    tagged('T', octets(8)),
    tagged('S', text(80).map(longBytes)),
    tagged(
      'x',
      fc.uint8Array({ maxLength: 50 }).map((bytes) => longBytes(Buffer.from(bytes))),
    ),
    fc.constant(Buffer.from('V')),
    tagged('A', tie('array')),
    tagged('F', tie('table')),
  ),
  array: fc.array(tie('value'), { maxLength: 4 }).map((items) => longBytes(Buffer.concat(items))),
  table: fc
    .array(fc.tuple(short(20), tie('value')), { maxLength: 5 })
    .map((fields) => longBytes(Buffer.concat(fields.flat()))),
}));

/** A table without names that RabbitMQ itself acts on. */
const quietTable = table.filter((bytes) => !bytes.includes('CC'));

const kinds = [
  short(),
  short(),
  quietTable,
  fc.constantFrom(u8(1), u8(2)),
  fc.nat(255).map(u8),
  short(),
  short(),
  fc.integer({ min: 10_000_000, max: 4_000_000_000 }).map((ms) => {
    const digits = Buffer.from(String(ms));
    return Buffer.concat([u8(digits.length), digits]);
  }),
  short(),
  octets(8),
  short(),
  // user_id: only the connection's own is let through; tested by itself.
  null,
  short(),
  short(),
];

/** Property flags and properties of a random message. */
export const randomHeader: fc.Arbitrary<Buffer> = fc
  .tuple(...kinds.map((kind) => fc.option(kind ?? fc.constant(Buffer.alloc(0)), { nil: null })))
  .map((values) => {
    let flags = 0;
    const parts = values.map((value, index) => {
      if (value === null || kinds[index] === null) return Buffer.alloc(0);
      flags |= 0x8000 >> index;
      return value;
    });
    return Buffer.concat([Buffer.from([flags >> 8, flags & 255]), ...parts]);
  });
