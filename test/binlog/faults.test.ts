import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { until } from '../../src/lab/until.ts';
import type { BinlogPosition } from '../../src/core/binlog-position.ts';
import type { Fault } from '../../src/core/fault.ts';
import { locate } from '../../src/services/maxwell/locate.ts';
import type { LocateOptions } from '../../src/services/maxwell/search.ts';
import { preview } from '../../src/services/maxwell/preview.ts';
import { place } from '../../src/services/maxwell/place.ts';
import { maxwellStatus } from '../../src/services/maxwell/status.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { accessTo, connectTo, heartbeatWriter, makeMaxwellTables } from '../support/maxwell-world.ts';
import { refusedPlace } from './places.ts';

let dir: string;
let mariadb: MariadbServer;
let access: MysqlAccess;
let root: Connection;
const identity = { clientId: 'maxwell', schemaDatabase: 'maxwell' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-bf-'));
  mariadb = await startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  const rootAccess = accessTo(mariadb.port, 'root', mariadb.root.password);
  access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  await makeMaxwellTables(rootAccess);
  root = await connectTo(rootAccess);
  const beat = heartbeatWriter(root);
  for (let turn = 0; turn < 4; turn += 1) {
    await root.query('INSERT INTO tcs.Placement (mark) VALUES (?)', [turn]);
    await beat();
    await sleep(100);
  }
}, 120_000);

afterAll(async () => {
  await root.end();
  await mariadb.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

async function problem(options: Partial<LocateOptions>): Promise<{ code: string; text: string }> {
  const fault = await locate({ access, ...identity, atMs: Date.now(), ...options }).then(
    (found) => {
      throw new Error(`located ${found.file}:${found.offset}`);
    },
    (error: unknown) => error as Fault,
  );
  const first = fault.problems[0];
  return { code: first.code, text: [first.message, ...(first.next ?? [])].join('\n') };
}

async function accountWith(grants: readonly string[]): Promise<MysqlAccess> {
  const user = `t${randomBytes(4).toString('hex')}`;
  await root.query(`CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY 'p'`);
  for (const grant of grants) await root.query(`GRANT ${grant} TO '${user}'@'127.0.0.1'`);
  return accessTo(mariadb.port, user, 'p');
}

test('a time in the future', async () => {
  expect(await problem({ atMs: Date.now() + 60_000 })).toMatchObject({ code: 'locate.future' });
});

test('each missing privilege names its grant', async () => {
  const select = 'SELECT ON *.*';
  expect((await problem({ access: await accountWith([select]) })).text).toContain('GRANT REPLICATION CLIENT');
  const monitor = 'BINLOG MONITOR ON *.*';
  expect((await problem({ access: await accountWith([monitor]) })).text).toContain('GRANT SELECT ON `maxwell`.*');
  const replication = await problem({ access: await accountWith([select, monitor]) });
  expect(replication.code).toBe('binlog.no-replication-privilege');
  expect(replication.text).toContain('GRANT REPLICATION SLAVE');
});

test('a log that is not of rows', async () => {
  await root.query("SET GLOBAL binlog_format = 'STATEMENT'");
  try {
    expect(await problem({})).toMatchObject({ code: 'binlog.not-row' });
  } finally {
    await root.query("SET GLOBAL binlog_format = 'ROW'");
  }
});

test('another server than the one whose position is stored', async () => {
  await root.query('UPDATE maxwell.positions SET server_id = 4711');
  try {
    const { code, text } = await problem({});
    expect(code).toBe('maxwell.server-id-changed');
    expect(text).toContain('4711');
    expect((await maxwellStatus({ access, ...identity })).storedElsewhere).toHaveLength(1);
  } finally {
    await root.query('UPDATE maxwell.positions SET server_id = @@server_id');
  }
});

test('Maxwell’s tables are elsewhere', async () => {
  expect(await problem({ schemaDatabase: 'cdc' })).toMatchObject({ code: 'maxwell.no-tables' });
});

test('a place is taken only where the log has a transaction’s boundary', async () => {
  const at = (position: BinlogPosition, stored = false) => ({ access, ...identity, start: { position, stored } });
  await root.query('FLUSH BINARY LOGS');
  await root.query('BEGIN');
  await root.query("INSERT INTO tcs.Placement (mark, body) VALUES (71, REPEAT('x', 500))");
  await root.query('INSERT INTO tcs.Placement (mark) VALUES (72)');
  await root.query('COMMIT');
  const [[end]] = await root.query<never[]>('SHOW BINLOG STATUS');
  const { File: file, Position: last } = end as unknown as { File: string; Position: number };
  const [events] = await root.query<never[]>(`SHOW BINLOG EVENTS IN '${file}'`);
  const all = events as { Pos: number; End_log_pos: number; Event_type: string }[];
  const begin = all.find(({ Event_type }) => Event_type === 'Gtid')?.Pos ?? 0;
  const xid = all.find(({ Event_type }) => Event_type === 'Xid');
  // Every event's beginning, against the events that the server itself lists.
  for (const { Pos: offset } of all) {
    if (offset === xid?.Pos) continue;
    if (offset <= begin) expect(await place(at({ file, offset }))).toMatchObject({ offset, proven: true });
    else
      expect(await refusedPlace(at({ file, offset }))).toMatchObject({
        code: 'position.inside-transaction',
        details: { before: `${file}:${begin}`, after: `${file}:${last}` },
      });
  }
  // Where Maxwell itself stores its position: behind the last rows. It is taken only as such.
  const commit = { file, offset: xid?.Pos ?? 0 };
  expect((await refusedPlace(at(commit))).text).toContain("between a transaction's last rows and its commit");
  expect(await place(at(commit, true))).toMatchObject(commit);
  expect((await refusedPlace(at({ file, offset: 5 }))).code).toBe('position.no-event');
  const beyond = await refusedPlace(at({ file, offset: last + 5_000 }));
  expect([beyond.code, beyond.text]).toEqual(['position.beyond-end', expect.stringContaining('last possible')]);
  const unknown = await refusedPlace(at({ file: `${file}0`, offset: 4 }));
  expect([unknown.code, unknown.text]).toEqual(['position.unknown-file', expect.stringContaining(file)]);
});

test('a GTID set of MariaDB is taken where the server has executed it', async () => {
  const at = (gtidSet: string) => ({ access, ...identity, start: { gtidSet } });
  const [[row]] = await root.query<never[]>('SELECT @@GLOBAL.gtid_binlog_pos AS executed');
  const { executed } = row as unknown as { executed: string };
  const [domain = '', server = '', sequence = ''] = executed.split('-');
  const earlier = `${domain}-${server}-${Number(sequence) - 2}`;
  const found = await place(at(earlier));
  expect(found).toMatchObject({ basis: 'gtid-set', gtidSet: earlier, proven: true });
  const [rows] = await root.query<never[]>(`SHOW BINLOG EVENTS IN '${found.file}' FROM ${found.offset} LIMIT 1`);
  expect((rows as { Info: string }[])[0]?.Info).toContain(`${domain}-${server}-${Number(sequence) - 1}`);
  expect((await place(at(executed))).after).toBeNull();
  const codeOf = async (set: string): Promise<string> => (await refusedPlace(at(set))).code;
  expect(await codeOf(`${domain}-${server}-${Number(sequence) + 1}`)).toBe('gtid.not-executed');
  expect(await codeOf(`${domain}-4711-${Number(sequence) - 2}`)).toBe('gtid.other-server');
  expect(await codeOf(`9-${server}-1`)).toBe('gtid.not-executed');
  expect(await codeOf('3e11fa47-71ca-11e1-9e33-c80aa9429562:1')).toBe('gtid.set');
});

test('tables of an older installation lack columns', async () => {
  await root.query('ALTER TABLE maxwell.`schemas` DROP COLUMN last_heartbeat_read, DROP COLUMN gtid_set');
  await root.query('ALTER TABLE maxwell.positions DROP COLUMN gtid_set, DROP COLUMN heartbeat_at');
  const found = await locate({ access, ...identity, atMs: Date.now() });
  expect(found.stored).toMatchObject({ gtidSet: null, clientId: 'maxwell' });
  expect(found.schema.chosen?.id).toBe(1);
});

test('rows in MariaDB’s compressed events are counted', async () => {
  await root.query('FLUSH BINARY LOGS');
  const [[at]] = await root.query<never[]>('SHOW BINLOG STATUS');
  const { File: file } = at as unknown as { File: string };
  await root.query('SET GLOBAL log_bin_compress = ON, GLOBAL log_bin_compress_min_len = 10');
  const other = await connectTo(accessTo(mariadb.port, 'root', mariadb.root.password));
  await other.query('USE tcs');
  await other.query("INSERT INTO tcs.Placement (mark, body) SELECT seq, REPEAT('x', 500) FROM seq_1_to_200");
  await other.query('DELETE FROM tcs.Placement WHERE mark > 150 AND body IS NOT NULL');
  await other.end();
  await root.query('SET GLOBAL log_bin_compress = OFF');
  const shown = await preview({ access, ...identity, from: { file, offset: 4 } });
  expect(shown.tables.find(({ table }) => table === 'Placement')).toMatchObject({ insert: 200, delete: 50 });
  expect(shown.uncounted).toBe(0);
});

test('a time after Maxwell’s death: unproven, with the proven place further back', async () => {
  const beat = heartbeatWriter(root, 'mortal');
  await beat();
  const last = await beat();
  for (let turn = 0; turn < 4; turn += 1) {
    await sleep(1_100);
    await root.query('INSERT INTO tcs.Placement (mark) VALUES (?)', [turn]);
  }
  const found = await locate({ access, ...identity, clientId: 'mortal', atMs: Date.now(), marginMs: 1_000 });
  expect(found).toMatchObject({
    proven: false,
    basis: 'header-times',
    heartbeat: last,
    heartbeatFrom: 'binlog',
    stored: null,
  });
  expect(found.provenBefore?.heartbeat).toBeLessThan(last);
  expect(found.why.join(' ')).toContain('margin of 1 s');
});

test('an interrupted reading ends at once', async () => {
  const stop = new AbortController();
  stop.abort(new Error('interrupted'));
  await expect(locate({ access, ...identity, atMs: Date.now(), signal: stop.signal })).rejects.toThrow('interrupted');
});

test('a time before the oldest file', async () => {
  const before = Date.now();
  await sleep(2_100);
  await root.query('FLUSH BINARY LOGS');
  const [[at]] = await root.query<never[]>('SHOW BINLOG STATUS');
  const { File: file } = at as unknown as { File: string };
  await until(
    'the older files to go',
    async () => {
      await root.query(`PURGE BINARY LOGS TO '${file}'`);
      return (await root.query<never[]>('SHOW BINARY LOGS'))[0].length === 1;
    },
    { atMostMs: 60_000, everyMs: 100 },
  );
  const { code, text } = await problem({ atMs: before });
  expect(code).toBe('locate.purged');
  expect(text).toMatch(/expire_logs_days|binlog_expire_logs_seconds/);
  const near = await locate({ access, ...identity, atMs: Date.now(), clientId: 'nobody' });
  expect(near).toMatchObject({ basis: 'log-start', offset: 4, proven: false });
  // The file says which transactions came before it.
  expect(near.gtidSet).toMatch(/^0-\d+-\d+$/);
  const gone = { position: { file: 'mysql-bin.000001', offset: 4 }, stored: false } as const;
  expect((await refusedPlace({ access, ...identity, start: gone })).code).toBe('position.gone');
  const purged = await refusedPlace({ access, ...identity, start: { gtidSet: '0-1-1' } });
  expect(purged.code).toBe('gtid.purged');
});
