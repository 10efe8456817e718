import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinlogPosition } from '../../src/core/binlog-position.ts';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { preview } from '../../src/services/maxwell/preview.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { accessTo, connectTo, heartbeatWriter, makeMaxwellTables } from '../support/maxwell-world.ts';

let dir: string;
let mariadb: MariadbServer;
let access: MysqlAccess;
let root: Connection;
let beat: () => Promise<number>;
const identity = { clientId: 'maxwell', schemaDatabase: 'maxwell' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-br-'));
  mariadb = await startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  await makeMaxwellTables(accessTo(mariadb.port, 'root', mariadb.root.password));
  root = await connectTo(accessTo(mariadb.port, 'root', mariadb.root.password));
  beat = heartbeatWriter(root);
}, 120_000);

afterAll(async () => {
  await root.end();
  await mariadb.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

async function end(): Promise<BinlogPosition> {
  const [[row]] = await root.query<never[]>('SHOW BINLOG STATUS');
  const { File: file, Position: offset } = row as unknown as { File: string; Position: number };
  return { file, offset };
}

async function rows(count: number): Promise<void> {
  await root.query(`INSERT INTO tcs.Placement (mark) VALUES ${Array.from({ length: count }, () => '(1)').join(', ')}`);
}

async function store({ file, offset }: BinlogPosition, heartbeat: number): Promise<void> {
  // Maxwell's own row is in the log too; this one is kept out of it to leave the ends where they are.
  await root.query('SET SESSION sql_log_bin = 0');
  await root.query('UPDATE maxwell.positions SET binlog_file = ?, binlog_position = ?, last_heartbeat_read = ?', [
    file,
    offset,
    heartbeat,
  ]);
  await root.query('SET SESSION sql_log_bin = 1');
}

test('stopped in order: what was published is known to the row', async () => {
  await beat();
  const from = await end();
  await rows(7);
  await rows(3);
  const last = await beat();
  await store(await end(), last);
  await rows(5);
  const told = { access, ...identity, from, stoppedInOrder: true };
  const shown = await preview(told);
  expect(shown).toMatchObject({ rows: 15, publishedBefore: 10, inFlight: 0, stoppedInOrder: true });
  expect(shown.twice).toMatchObject({ atLeast: 0, atMost: 10 });
  expect(shown.never).toMatchObject({ atLeast: 5, atMost: 5 });
  expect((await preview({ ...told, allConsumed: true })).twice).toMatchObject({
    atLeast: 10,
    atMost: 10,
  });
  // Killed just after it had stored its position at a heartbeat, it looks the same, and went on for up to a second.
  await root.query(`SET TIMESTAMP = ${Math.floor(last / 1000) + 8}`);
  await rows(4);
  await root.query('SET TIMESTAMP = DEFAULT');
  const unknown = await preview({ access, ...identity, from, allConsumed: true });
  expect(unknown).toMatchObject({ rows: 19, publishedBefore: 10, inFlight: 5, stoppedInOrder: false });
  expect(unknown.twice).toMatchObject({ atLeast: 10, atMost: 15 });
  expect(unknown.never).toMatchObject({ atLeast: 4, atMost: 9 });
  // Maxwell may name the end of the last rows, which is before the end of their transaction.
  const [events] = await root.query<never[]>(`SHOW BINLOG EVENTS IN '${from.file}' FROM ${from.offset}`);
  const writes = (events as { Event_type: string; End_log_pos: number }[]).filter(({ Event_type }) =>
    Event_type.startsWith('Write_rows'),
  );
  await store({ file: from.file, offset: writes[1]!.End_log_pos }, last);
  expect((await preview({ access, ...identity, from })).publishedBefore).toBe(10);
});

test('killed: what came after the stored position may have been published', async () => {
  await beat();
  const from = await end();
  await rows(4);
  await store(await end(), await beat());
  await rows(6);
  await root.query(`SET TIMESTAMP = ${Math.floor(Date.now() / 1000) + 30}`);
  await rows(2);
  await root.query('SET TIMESTAMP = DEFAULT');
  const shown = await preview({ access, ...identity, from });
  expect(shown).toMatchObject({ rows: 12, publishedBefore: 4, inFlight: 6, stoppedInOrder: false });
  expect(shown.twice).toMatchObject({ atLeast: 0, atMost: 10 });
  expect(shown.never).toMatchObject({ atLeast: 2, atMost: 8 });
});

test('the filter and the wanted end bound what is counted', async () => {
  const from = await end();
  await rows(2);
  const middle = await end();
  await rows(2);
  expect((await preview({ access, ...identity, from, until: { position: middle } })).rows).toBe(2);
  const left = await preview({ access, ...identity, from, filter: 'exclude: tcs.*' });
  expect(left).toMatchObject({ rows: 0, rowsLeftOut: 4, filter: { applied: true } });
  const unknown = await preview({ access, ...identity, from, filter: 'include: tcs.Placement.mark=1' });
  expect(unknown).toMatchObject({ rows: 4, filter: { applied: false } });
  expect(unknown.warnings.join()).toContain('not understood');
  await expect(preview({ access, ...identity, from: middle, until: { position: from } })).rejects.toMatchObject({
    problems: [{ code: 'preview.backwards' }],
  });
  const nothing = await end();
  expect(await preview({ access, ...identity, from: nothing })).toMatchObject({ rows: 0, bytes: 0, until: nothing });
});

test('a wanted end in time counts up to the first heartbeat after it', async () => {
  const from = await end();
  await rows(3);
  await beat();
  const atMs = Date.now() + 1;
  while (Date.now() <= atMs) await new Promise((resolve) => setTimeout(resolve, 5));
  await beat();
  await rows(9);
  await beat();
  expect((await preview({ access, ...identity, from, until: { atMs } })).rows).toBe(3);
});
