import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBinlogPositions, parseBinlogPosition } from '../../src/core/binlog-position.ts';
import { mariadbGtidSet, mysqlGtidSet } from '../../src/core/gtid-set.ts';
import { readTableFilter } from '../../src/core/maxwell-filter.ts';
import type { SchemaRow } from '../../src/core/maxwell.ts';
import { tallyRows } from '../../src/core/row-tally.ts';
import { chooseSchema } from '../../src/core/schema-choice.ts';
import { shownStatement } from '../../src/core/shown-statement.ts';
import { endStatements } from '../../src/services/mysql/binlog-server.ts';
import { checksumLength, readGtid, readQuery, rotateTarget } from '../../src/services/mysql/event-bodies.ts';
import { countImages } from '../../src/services/mysql/count-images.ts';
import { frameBinlog } from '../../src/services/mysql/packet-framer.ts';
import { openRows, walkRows } from '../../src/services/mysql/row-walker.ts';

/** One binlog event as a server sends it, in as many packets as it needs. */
function packets(type: number, body: Buffer, timestamp: number): Buffer {
  const event = Buffer.alloc(1 + 19);
  event.writeUInt32LE(timestamp, 1);
  event[5] = type;
  event.writeUInt32LE(19 + body.length, 10);
  const whole = Buffer.concat([event, body]);
  const parts: Buffer[] = [];
  for (let at = 0; ; at += 0xff_ff_ff) {
    const part = whole.subarray(at, at + 0xff_ff_ff);
    const front = Buffer.alloc(4);
    front.writeUIntLE(part.length, 0, 3);
    parts.push(front, part);
    if (part.length < 0xff_ff_ff) return Buffer.concat(parts);
  }
}

function framed(stream: Buffer, cuts: readonly number[]): unknown[] {
  const seen: unknown[] = [];
  const take = frameBinlog({
    wants: ({ type }) => type !== 99,
    event: (header, body) => {
      seen.push([header.type, header.timestamp, header.size, body?.toString('hex') ?? null]);
      return true;
    },
    end: () => seen.push('end'),
    error: (errno, message) => seen.push([errno, message]),
  });
  const edges = [0, ...cuts.map((cut) => cut % stream.length).sort((a, b) => a - b), stream.length];
  for (let index = 1; index < edges.length; index += 1) {
    const chunk = Buffer.from(stream.subarray(edges[index - 1], edges[index]));
    if (chunk.length > 0 && !take(chunk)) break;
    // The next piece comes in the same memory.
    chunk.fill(0xee);
  }
  return seen;
}

test('events are the same wherever the network cuts the stream', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(2, 16, 99), fc.uint8Array({ maxLength: 90 })), { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (events, cuts) => {
        const end = Buffer.from([5, 0, 0, 9, 0xfe, 0, 0, 2, 0]);
        const stream = Buffer.concat([
          ...events.map(([type, body], index) => packets(type, Buffer.from(body), index + 1)),
          end,
        ]);
        const expected = events.map(([type, body], index) => [
          type,
          index + 1,
          19 + body.length,
          type === 99 ? null : Buffer.from(body).toString('hex'),
        ]);
        expect(framed(stream, cuts)).toEqual([...expected, 'end']);
      },
    ),
  );
});

test('an event larger than a packet is passed over and the next one found', () => {
  for (const length of [0xff_ff_ff - 20, 0xff_ff_ff - 19, 20_000_000]) {
    const stream = Buffer.concat([packets(99, Buffer.alloc(length), 1), packets(16, Buffer.of(7), 2)]);
    const cuts = Array.from({ length: 60 }, (_, index) => index * 400_000 + 3);
    expect(framed(stream, cuts)).toEqual([
      [99, 1, length + 19, null],
      [16, 2, 20, '07'],
    ]);
  }
});

test('the server’s error is passed on', () => {
  const text = Buffer.concat([Buffer.from([0xff, 0xd4, 0x04]), Buffer.from('#HY000gone')]);
  const front = Buffer.from([text.length, 0, 0, 1]);
  expect(framed(Buffer.concat([front, text]), [3, 6])).toEqual([[1236, 'gone']]);
});

test('the commit time of MySQL 8’s GTID events, with and without the original one', () => {
  const body = Buffer.alloc(56);
  body.write('3e11fa47aa1b11eea5020242ac110002', 1, 'hex');
  body.writeBigInt64LE(42n, 17);
  body[25] = 2;
  const micros = 1_616_394_300_123_456;
  body.writeUIntLE(micros % 2 ** 48, 42, 6);
  body[48] = Math.floor(micros / 2 ** 48);
  const gtid = '3e11fa47-aa1b-11ee-a502-0242ac110002:42';
  expect(readGtid(33, 1, body)).toEqual({ gtid, kind: 'next-tells', committedMicros: micros });
  body[48] |= 0x80;
  expect(readGtid(33, 1, body).committedMicros).toBe(micros);
  expect(readGtid(34, 1, body.subarray(0, 25))).toEqual({ gtid: null, kind: 'next-tells', committedMicros: null });
});

test('checksums and rotation targets', () => {
  const description = (version: string, algorithm: number): Buffer => {
    const body = Buffer.alloc(100);
    body.write(version, 2);
    body[95] = algorithm;
    return body;
  };
  expect(checksumLength(description('10.11.6-MariaDB', 1))).toBe(4);
  expect(checksumLength(description('8.0.36', 0))).toBe(0);
  expect(checksumLength(description('5.5.62', 1))).toBe(0);
  const rotate = (text: string, more: readonly number[] = []): Buffer =>
    Buffer.concat([Buffer.alloc(8), Buffer.from(text), Buffer.from(more)]);
  expect(rotateTarget(rotate('mysql-bin.000042'))).toBe('mysql-bin.000042');
  expect(rotateTarget(rotate('mysql-bin-changelog.1000000', [1, 200, 3, 4]))).toBe('mysql-bin-changelog.1000000');
  expect(rotateTarget(rotate('mysql-bin.000042', [49, 50, 51, 52]))).toBe('mysql-bin.000042');
});

test('a statement’s text and schema', () => {
  const body = Buffer.concat([Buffer.alloc(8), Buffer.of(3, 0, 0, 2, 0, 9, 9), Buffer.from('tcs\0DROP TABLE x')]);
  expect(readQuery(body)).toMatchObject({ schema: 'tcs', text: 'DROP TABLE x' });
  expect(shownStatement("GRANT ALL ON *.* TO a IDENTIFIED BY 'hunter2'")).toBe('GRANT ALL ON *.* TO a IDENTIFIED ...');
  expect(shownStatement("SET PASSWORD FOR a = 'hunter2'")).not.toContain('hunter2');
});

test('positions are ordered by number, not as text', () => {
  expect(compareBinlogPositions({ file: 'b.999999', offset: 9 }, { file: 'b.1000000', offset: 4 })).toBeLessThan(0);
  expect(parseBinlogPosition('b.000001:4')).toEqual({ file: 'b.000001', offset: 4 });
  expect(() => parseBinlogPosition('b.000001:3')).toThrow('no binlog position');
});

test('the statement for the log’s end follows the version', () => {
  expect(endStatements('mariadb', '10.11.6-MariaDB')[0]).toBe('SHOW BINLOG STATUS');
  expect(endStatements('mariadb', '10.3.1-MariaDB')).toEqual(['SHOW MASTER STATUS']);
  expect(endStatements('mysql', '8.4.0')[0]).toBe('SHOW BINARY LOG STATUS');
  expect(endStatements('mysql', '5.7.44')[0]).toBe('SHOW MASTER STATUS');
});

test('GTID sets hold exactly what was added', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
      const set = mysqlGtidSet();
      for (const number of new Set(numbers)) set.add(`a:${number}`);
      const back = (set.text() ?? '')
        .split(':')
        .slice(1)
        .flatMap((part) => {
          const [from = 0, to = from] = part.split('-').map(Number);
          return Array.from({ length: to - from + 1 }, (_, index) => from + index);
        });
      expect(back).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }),
  );
  const mariadb = mariadbGtidSet();
  expect(mariadb.text()).toBeNull();
  mariadb.reset('10-1-5,0-1-7');
  mariadb.add('0-2-8');
  expect(mariadb.text()).toBe('0-2-8,10-1-5');
});

test('Maxwell’s filter: the last rule that matches decides', () => {
  const filter = readTableFilter('exclude: *.*, include: tcs./Place.*/, exclude: tcs.`PlacementLog`');
  if (!filter.applies) throw new Error(filter.why);
  expect(filter.lets('tcs', 'Placement')).toBe(true);
  expect(filter.lets('tcs', 'PlacementLog')).toBe(false);
  expect(filter.lets('auth', 'User')).toBe(false);
  for (const unknown of ['include: tcs.Post.status=CURRENT', 'include tcs.Post', 'exclude: *.*; include: a.b'])
    expect(readTableFilter(unknown).applies).toBe(false);
});

test('the schema is chosen by Maxwell’s own rules', () => {
  const row = (id: number, file: string, offset: number, beat: number, more: Partial<SchemaRow> = {}): SchemaRow => ({
    id,
    position: { file, offset },
    gtidSet: null,
    lastHeartbeatRead: beat,
    baseSchemaId: null,
    serverId: 1,
    deleted: false,
    ...more,
  });
  const target = { position: { file: 'b.000002', offset: 500 }, heartbeat: 1_000, serverId: 1 };
  const rows = [
    row(1, 'b.000001', 4, 0),
    row(2, 'b.000002', 500, 900, { baseSchemaId: 1 }),
    row(3, 'b.000002', 400, 800, { deleted: true }),
    row(4, 'b.000002', 300, 700, { serverId: 2 }),
    row(5, 'b.000002', 200, 600, { baseSchemaId: 1 }),
    row(6, 'b.000003', 100, 2_000, { baseSchemaId: 5 }),
  ];
  const choice = chooseSchema(rows, target);
  expect(choice.chosen?.id).toBe(5);
  expect(choice.later.map(({ id }) => id)).toEqual([6]);
  expect(chooseSchema(rows, { ...target, heartbeat: 0 }).chosen?.id).toBe(1);
  expect(chooseSchema([], target).warnings).toHaveLength(1);
  const wide = chooseSchema([row(1, 'b.000001', 4, 0), row(2, 'b.999999', 4, 0)], {
    position: { file: 'b.1000001', offset: 4 },
    heartbeat: 5,
    serverId: 1,
  });
  expect(wide.chosen?.id).toBe(2);
  expect(wide.warnings[0]).toContain('1.44.1');
});

test('a tally of a long window stays small', () => {
  const tally = tallyRows(() => true);
  const table = tally.table('a', 'b');
  for (let minute = 0; minute < 20_000; minute += 1) tally.add(table, 'insert', 2, minute * 60);
  expect(tally.rows()).toBe(40_000);
  expect(tally.overTime().length).toBeLessThanOrEqual(1_440);
  expect(tally.overTime().reduce((sum, { rows }) => sum + rows, 0)).toBe(40_000);
});

/** Column types with a metadata number, and how many bytes a value of them takes at most. */
const columnTypes = [
  [1, 0, 1],
  [8, 0, 8],
  [12, 0, 8],
  [18, 3, 7],
  [246, (12 << 8) | 3, 6],
  [254, (254 << 8) | 40, -1],
  [15, 900, -2],
  [252, 2, -2],
  [252, 3, -3],
  [245, 4, -4],
] as const;

/** One value as it stands in an image: `length` bytes for types that say how many. */
function value(bytes: number, length: number): Buffer {
  if (bytes >= 0) return Buffer.alloc(bytes, length);
  const prefix = Buffer.alloc(-bytes);
  prefix.writeUIntLE(length, 0, -bytes);
  return Buffer.concat([prefix, Buffer.alloc(length, 0xff)]);
}

test('rows are counted as they are walked: wide tables, NULLs, images of some columns', () => {
  const column = fc.record({ type: fc.constantFrom(...columnTypes), before: fc.boolean(), after: fc.boolean() });
  const cell = fc.record({ isNull: fc.boolean(), length: fc.integer({ min: 0, max: 200 }) });
  fc.assert(
    fc.property(
      fc.array(column, { minLength: 1, maxLength: 21 }),
      fc.array(fc.array(cell, { minLength: 42, maxLength: 42 }), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('insert', 'update'),
      (columns, rows, operation) => {
        const images = operation === 'update' ? (['before', 'after'] as const) : (['before'] as const);
        const bits = (set: readonly boolean[]): Buffer => {
          const bytes = Buffer.alloc((set.length + 7) >> 3);
          set.forEach((one, index) => (bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (one ? 1 << (index & 7) : 0)));
          return bytes;
        };
        const body = Buffer.concat([
          Buffer.of(7, 0, 0, 0, 0, 0, 0, 0, 2, 0, columns.length),
          ...images.map((image) => bits(columns.map((one) => one[image]))),
          ...rows.flatMap((cells) =>
            images.flatMap((image, which) => {
              const held = columns.flatMap((one, index) =>
                one[image] ? [{ one, ...cells[index + which * 21]! }] : [],
              );
              return [
                bits(held.map(({ isNull }) => isNull)),
                ...held.filter(({ isNull }) => !isNull).map(({ one, length }) => value(one.type[2], length)),
              ];
            }),
          ),
        ]);
        const map = {
          schema: 'tcs',
          table: 'Post',
          types: Uint8Array.from(columns, ({ type }) => type[0]),
          metadata: Uint16Array.from(columns, ({ type }) => type[1]),
        };
        const opened = openRows(operation === 'update' ? 31 : 30, body);
        const empty = columns.every((one) => images.every((image) => !one[image]));
        expect(countImages(opened, map)).toBe(empty ? null : rows.length);
        let walked = 0;
        if (!empty) expect(walkRows(opened, map, [], () => (walked += 1))).toBe(true);
        expect(walked).toBe(empty ? 0 : rows.length * images.length);
        // A body that ends inside a row is never counted as whole rows.
        if (!empty)
          expect(countImages(openRows(operation === 'update' ? 31 : 30, body.subarray(0, -1)), map)).not.toBe(
            rows.length,
          );
      },
    ),
  );
});
