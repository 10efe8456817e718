import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinlogPosition } from '../../src/core/binlog-position.ts';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { locate } from '../../src/services/maxwell/locate.ts';
import { preview } from '../../src/services/maxwell/preview.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { accessTo, connectTo, heartbeatWriter, makeMaxwellTables } from '../support/maxwell-world.ts';
import { readIndependently, type IndependentLog } from './independent-reader.ts';

/** Times that are looked for. ESR_OPS_SWEEP=1000 is what is promised; fewer find the same faults sooner or later. */
const wanted = Number(process.env['ESR_OPS_SWEEP'] ?? 120);
const whole = wanted >= 1_000;

let dir: string;
let mariadb: MariadbServer;
let access: MysqlAccess;
let root: MysqlAccess;
let log: IndependentLog;
let logEnd: BinlogPosition;
/** Earliest time at which the rows with a mark can have been committed, ms. */
const committedFrom = new Map<number, number>();
let [firstMs, lastMs, nextMark] = [0, 0, 1];
const identity = { clientId: 'maxwell', schemaDatabase: 'maxwell' };

async function insert(connection: Connection, sql: string, mark: number, waits = 0): Promise<void> {
  const before = Date.now();
  await connection.query(sql);
  // Nothing is committed before it was sent, nor before the sleep that is part of it is over.
  committedFrom.set(mark, before + waits);
}

/** Changes rows in the ways that make header times lie. */
async function write(endMs: number): Promise<void> {
  const steady = await connectTo(root);
  const odd = await connectTo(root);
  const slow = await connectTo(root);
  const beats = await connectTo(root);
  const beat = heartbeatWriter(beats);
  const values = (mark: number): string =>
    `(${mark}, REPEAT('n', ${mark % 200}), ${mark}.125, NOW(3), 'b', REPEAT('t', ${(mark * 37) % 900}), 5, 'é')`;
  const into = 'INSERT INTO tcs.Placement (mark, note, wte, at, kind, body, flag, name)';
  const until = async (turn: () => Promise<void>): Promise<void> => {
    while (Date.now() < endMs) await turn();
  };
  await Promise.all([
    until(async () => {
      const mark = nextMark++;
      await insert(steady, `${into} VALUES ${values(mark)}, ${values(mark)}`, mark);
      if (mark % 5 === 0) await steady.query('FLUSH BINARY LOGS');
      if (mark % 7 === 0) {
        const marked = nextMark++;
        await steady.query('BEGIN');
        await steady.query(`${into} VALUES ${values(marked)}`);
        await sleep(120);
        await steady.query('UPDATE tcs.Placement SET note = "changed" WHERE mark = ?', [marked]);
        await insert(steady, 'COMMIT', marked);
      }
      await sleep(30);
    }),
    until(async () => {
      const mark = nextMark++;
      await odd.query(`SET TIMESTAMP = ${Math.floor(Date.now() / 1000) + (mark % 2 === 0 ? -3 : 2)}`);
      await insert(odd, `${into} VALUES ${values(mark)}`, mark);
      await sleep(170);
    }),
    until(async () => {
      const mark = nextMark++;
      // One autocommit statement: all its headers hold its beginning.
      const seconds = 0.4 + (mark % 4) * 0.5;
      await insert(
        slow,
        `${into} SELECT ${mark}, 'slow', 1, NOW(3), 'a', '', 1, '' FROM (SELECT SLEEP(${seconds})) AS waited`,
        mark,
        seconds * 1000,
      );
      await sleep(200);
    }),
    until(async () => {
      await beat();
      await sleep(250);
    }),
  ]);
  await Promise.all([steady, odd, slow, beats].map((connection) => connection.end()));
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-bl-'));
  mariadb = await startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  root = accessTo(mariadb.port, 'root', mariadb.root.password);
  access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  await makeMaxwellTables(root);
  firstMs = Date.now() + 1_000;
  for (let part = 0; part < 3; part += 1) {
    await write(Date.now() + (whole ? 9_000 : 4_000));
    await mariadb.restart();
  }
  lastMs = Date.now();
  const connection = await connectTo(root);
  const [names] = await connection.query<never[]>('SHOW BINARY LOGS');
  const [[end]] = await connection.query<never[]>('SHOW BINLOG STATUS');
  const { File: file, Position: offset } = end as unknown as { File: string; Position: number };
  logEnd = { file, offset };
  await connection.end();
  const files = (names as { Log_name: string }[]).map(({ Log_name }) => Log_name);
  expect(files.length).toBeGreaterThan(whole ? 20 : 5);
  log = await readIndependently(root, files, true);
}, 240_000);

afterAll(async () => {
  await mariadb.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** Rows that were certainly committed at or after a time and yet stand before a position. */
function missed(at: { file: string; offset: number }, atMs: number): number[] {
  const file = Number(/\d+$/.exec(at.file)?.[0]);
  return log.transactions
    .filter((one) => one.file < file || (one.file === file && one.end <= at.offset))
    .flatMap(({ marks }) => marks)
    .filter((mark) => (committedFrom.get(mark) ?? 0) >= atMs);
}

function isBoundary(at: { file: string; offset: number }): boolean {
  return log.boundaries.get(Number(/\d+$/.exec(at.file)?.[0]))?.has(at.offset) === true;
}

async function sweep(times: readonly number[], look: (atMs: number) => Promise<void>): Promise<void> {
  const left = [...times];
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (let atMs = left.pop(); atMs !== undefined; atMs = left.pop()) await look(atMs);
    }),
  );
}

const randomTimes = (count: number, from = firstMs, to = lastMs): number[] =>
  Array.from({ length: count }, () => from + Math.floor(Math.random() * (to - from)));

test('a proven position is never after a row committed at or after the time, nor inside a transaction', async () => {
  expect(log.transactions.length).toBeGreaterThan(whole ? 200 : 40);
  let proven = 0;
  let farthest = 0;
  await sweep(randomTimes(wanted), async (atMs) => {
    const found = await locate({ access, ...identity, atMs, marginMs: 5_000 });
    expect(missed(found, atMs), `${found.file}:${found.offset} for ${atMs} (${found.basis})`).toEqual([]);
    expect(isBoundary(found), `${found.file}:${found.offset}`).toBe(true);
    if (!found.proven) return;
    proven += 1;
    expect(found.heartbeat).toBeLessThanOrEqual(atMs);
    farthest = Math.max(farthest, found.distanceMs ?? 0);
  });
  console.log(`proven ${proven} of ${wanted}; farthest ${farthest} ms before the time`);
  expect(proven).toBeGreaterThan(wanted * 0.6);
}, 600_000);

test('a heartbeat that was sent before the time can be committed after it, so the last one alone proves nothing', async () => {
  const [holder, beats, writer] = [await connectTo(root), await connectTo(root), await connectTo(root)];
  const beat = heartbeatWriter(beats);
  await beat();
  await sleep(50);
  await beat();
  await holder.query('BEGIN');
  await holder.query('SELECT * FROM maxwell.heartbeats FOR UPDATE');
  const stuck = beat();
  await sleep(400);
  const atMs = Date.now();
  const mark = 10_000_001;
  await writer.query('INSERT INTO tcs.Placement (mark) VALUES (?)', [mark]);
  await holder.query('COMMIT');
  const value = await stuck;
  await sleep(20);
  await beat();
  expect(value).toBeLessThan(atMs);
  const found = await locate({ access, ...identity, atMs, marginMs: 60_000 });
  expect(found.proven).toBe(true);
  expect(found.heartbeat).toBeLessThan(value);
  const shown = await preview({ access, ...identity, from: found });
  expect(shown.tables.find(({ table }) => table === 'Placement')?.insert).toBe(1);
  await Promise.all([holder, beats, writer].map((connection) => connection.end()));
}, 120_000);

test('an unproven position is right by its margin; smaller margins would not be', async () => {
  const nobody = { clientId: 'nobody', schemaDatabase: 'maxwell' };
  const wrong = new Map<number, number>();
  // Every one of the thousand for each margin; otherwise a sample.
  const times = randomTimes(whole ? wanted : Math.ceil(wanted / 4), firstMs + 5_000);
  for (const marginMs of [0, 500, 1_000, 4_000])
    await sweep(times, async (atMs) => {
      const found = await locate({ access, ...nobody, atMs, marginMs });
      expect(found.proven).toBe(false);
      expect(isBoundary(found)).toBe(true);
      if (missed(found, atMs).length > 0) wrong.set(marginMs, (wrong.get(marginMs) ?? 0) + 1);
    });
  console.log(`wrong of ${times.length} by margin in ms`, Object.fromEntries(wrong));
  expect(wrong.get(4_000) ?? 0).toBe(0);
}, 600_000);

test('the preview counts what the server’s own tool counts', async () => {
  const shown = await preview({
    access,
    ...identity,
    from: { file: 'mysql-bin.000001', offset: 4 },
    until: { position: logEnd },
  });
  const count = (key: string): number => log.rows.get(key) ?? 0;
  const placement = shown.tables.find(({ table }) => table === 'Placement');
  expect(placement).toMatchObject({
    insert: count('tcs.Placement INSERT'),
    update: count('tcs.Placement UPDATE'),
    delete: 0,
  });
  expect(shown.tables.find(({ table }) => table === 'heartbeats')).toMatchObject({
    update: count('maxwell.heartbeats UPDATE'),
    sent: false,
  });
  expect(shown.uncounted).toBe(0);
  expect(shown.ddls.map(({ statement }) => statement)).toContain('CREATE DATABASE tcs');
  expect(JSON.stringify(shown)).not.toContain(mariadb.root.password);
}, 120_000);
