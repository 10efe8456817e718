import fc from 'fast-check';
import type { Connection } from 'mysql2/promise';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { readMaxwellTables } from '../../src/services/maxwell/tables.ts';
import { readBinlogServer } from '../../src/services/mysql/binlog-server.ts';
import { connectMysql, type MysqlAccess } from '../../src/services/mysql/connect.ts';
import { createDatabaseReader } from '../../src/services/mysql/database-reader.ts';
import { cases, eachCase, mutated, readOrRefused } from './fuzzing.ts';

const accessOf = (port: number): MysqlAccess => ({
  settings: { host: '127.0.0.1', port, user: 'reader', password: { env: 'X' }, tls: null, timeoutMs: 500 },
  password: 'h0stile-Secret',
});

/** Answers by a word of the statement. */
const answers: readonly (readonly [RegExp, readonly Record<string, unknown>[]])[] = [
  [
    /VARIABLES/,
    [
      { Variable_name: 'version', Value: '10.11.6-MariaDB-log' },
      { Variable_name: 'server_id', Value: '7' },
      { Variable_name: 'log_bin', Value: 'ON' },
      { Variable_name: 'binlog_format', Value: 'ROW' },
      { Variable_name: 'binlog_row_image', Value: 'FULL' },
      { Variable_name: 'expire_logs_days', Value: '7' },
    ],
  ],
  [/UNIX_TIMESTAMP/, [{ now: '1774160700.123' }]],
  [/BINARY LOGS/, [{ Log_name: 'mysql-bin.000001', File_size: 1000 }]],
  [/STATUS/, [{ File: 'mysql-bin.000001', Position: 900 }]],
  [/COLUMNS/, [{ Field: 'server_id' }, { Field: 'client_id' }, { Field: 'heartbeat' }]],
  [
    /`positions`/,
    [
      {
        server_id: 7,
        client_id: 'maxwell',
        binlog_file: 'mysql-bin.000001',
        binlog_position: 4,
        gtid_set: null,
        last_heartbeat_read: 1,
      },
    ],
  ],
  [/`heartbeats`/, [{ server_id: 7, client_id: 'maxwell', heartbeat: 1774160700123 }]],
  [
    /`schemas`/,
    [
      {
        id: 1,
        binlog_file: 'mysql-bin.000001',
        binlog_position: 4,
        gtid_set: '',
        base_schema_id: null,
        server_id: 7,
        deleted: 0,
      },
    ],
  ],
];

function connectionThat(changed: { readonly at: number; readonly text: string } | null): Connection {
  const query = (asked: string | { readonly sql: string }): Promise<unknown> => {
    const sql = typeof asked === 'string' ? asked : asked.sql;
    const at = answers.findIndex(([pattern]) => pattern.test(sql));
    if (changed?.at !== at) return Promise.resolve([answers[at]?.[1] ?? []]);
    return Promise.resolve([rowsIn(changed.text)]);
  };
  return { query } as unknown as Connection;
}

/** Rows as a client library can give them: objects of texts, numbers, nulls and octets. */
function rowsIn(text: string): readonly unknown[] {
  const plain = (value: unknown): unknown =>
    typeof value === 'object' && value !== null ? Buffer.from(JSON.stringify(value)) : value;
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return [];
    return value
      .filter((row: unknown) => typeof row === 'object' && row !== null && !Array.isArray(row))
      .map((row: object) => Object.fromEntries(Object.entries(row).map(([key, one]) => [key, plain(one)])));
  } catch {
    return [];
  }
}

test('what a server says of its log and Maxwell’s tables is read, or refused when it is changed anywhere', async () => {
  const access = accessOf(1);
  const read = async (connection: Connection): Promise<unknown> => {
    const server = await readBinlogServer(connection, access);
    const tables = await readMaxwellTables(connection, access, 'maxwell');
    for (const number of [server.nowMs, server.serverId, server.end.offset, ...server.files.map(({ bytes }) => bytes)])
      expect(Number.isFinite(number)).toBe(true);
    for (const { heartbeat } of tables.heartbeats) expect(() => new Date(heartbeat).toISOString()).not.toThrow();
    return server;
  };
  expect(await readOrRefused(() => read(connectionThat(null)))).toHaveProperty('value');
  const changed = fc.nat(answers.length - 1).chain((at) => mutated(answers[at]?.[1]).map((text) => ({ at, text })));
  await eachCase(fc.sample(changed, cases(250)), (by) => readOrRefused(() => read(connectionThat(by))));
});

let behave: (socket: Socket) => void = () => undefined;
const open = new Set<Socket>();
const server = createServer((socket) => {
  open.add(socket);
  socket.on('error', () => undefined);
  behave(socket);
});
beforeEach(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  await new Promise((resolve) => server.close(resolve));
});

const packet = (number: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head.writeUInt8(number, 3);
  return Buffer.concat([head, body]);
};
/** A greeting as MariaDB has it. */
const greeting = Buffer.concat([
  Buffer.from([10]),
  Buffer.from('5.5.5-10.11.6-MariaDB\0'),
  Buffer.from([1, 0, 0, 0]),
  Buffer.from('abcdefgh\0'),
  Buffer.from([0xfe, 0xf7, 45, 2, 0, 0xff, 0x81, 21]),
  Buffer.alloc(10),
  Buffer.from('ijklmnopqrst\0mysql_native_password\0'),
]);
const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0]);

test('a server that is none, or breaks off anywhere, is a fault and never ends the program', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  const bytes = fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some));
  const damaged = (whole: Buffer): fc.Arbitrary<Buffer> =>
    fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length)).map(([at, to, cut]) => {
      const copy = Buffer.from(whole);
      copy[at] = to;
      return copy.subarray(0, cut);
    });
  const first = fc.oneof(
    bytes,
    bytes.map((some) => packet(0, some)),
    damaged(packet(0, greeting)),
    damaged(greeting).map((some) => packet(0, some)),
    fc.constant(packet(0, greeting)),
  );
  const then = fc.array(
    fc.oneof(
      bytes,
      fc.tuple(fc.nat(5), bytes).map(([number, some]) => packet(number, some)),
      fc.constant(packet(2, ok)),
      fc.constant(packet(1, Buffer.from([2]))),
    ),
    { maxLength: 5 },
  );
  const ends = fc.constantFrom('end', 'reset', 'stay');
  const sampled = fc.sample(fc.record({ first, then, ends }), cases(30));
  const started: ((socket: Socket) => void)[] = [];
  behave = (socket) => started.shift()?.(socket);
  for (const [at, one] of sampled.entries()) {
    started.push((socket) => {
      socket.write(one.first);
      const rest = [...one.then];
      socket.on('data', () => {
        const next = rest.shift();
        if (next !== undefined) socket.write(next);
        else if (one.ends === 'end') socket.end();
        else if (one.ends === 'reset') socket.resetAndDestroy();
      });
      if (one.ends !== 'stay') setTimeout(() => socket.destroy(), 60);
      else setTimeout(() => socket.destroy(), 250);
    });
    const access = accessOf((server.address() as AddressInfo).port);
    const read = await readOrRefused(() => createDatabaseReader(access.settings, () => Promise.resolve(access)).look());
    expect(read, `case ${at}: ${JSON.stringify(one)}`).toBeInstanceOf(Fault);
    expect(JSON.stringify((read as Fault).problems)).not.toContain('h0stile');
  }
  process.off('uncaughtException', note);
  expect(uncaught).toEqual([]);
});

test.each<[string, (socket: Socket) => void]>([
  ['silence', () => undefined],
  ['a web server', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  [
    'an octet now and then',
    (socket) => {
      const timer = setInterval(() => socket.write('\0'), 20);
      socket.on('close', () => clearInterval(timer));
    },
  ],
  [
    'a greeting without end',
    (socket) => {
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0]));
      const block = Buffer.alloc(1 << 20, 10);
      const more = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', more);
      more();
    },
  ],
])('%s is given up', async (_, how) => {
  behave = how;
  const read = await readOrRefused(() => connectMysql(accessOf((server.address() as AddressInfo).port)));
  expect(read).toBeInstanceOf(Fault);
});
