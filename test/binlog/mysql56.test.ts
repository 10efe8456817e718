import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, expect, test } from 'vitest';
import { locate } from '../../src/services/maxwell/locate.ts';
import { place } from '../../src/services/maxwell/place.ts';
import { preview } from '../../src/services/maxwell/preview.ts';
import { maxwellStatus, sampleHeartbeat } from '../../src/services/maxwell/status.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { accessTo, connectTo, heartbeatWriter, makeMaxwellTables } from '../support/maxwell-world.ts';
import { startMysql56, type Mysql56 } from '../support/mysql56.ts';
import { readIndependently } from './independent-reader.ts';
import { comparePlaces, refusedPlace } from './places.ts';

// One server with GTIDs, one without: they lay out a transaction's events differently.
const kinds = [
  { gtids: true, options: ['--gtid-mode=ON', '--enforce-gtid-consistency', '--log-slave-updates'] },
  { gtids: false, options: [] },
];
const identity = { clientId: 'maxwell', schemaDatabase: 'maxwell' };
const dirs: string[] = [];
const running: Mysql56[] = [];

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })));
}, 60_000);

async function start(options: readonly string[]): Promise<MysqlAccess> {
  const dir = await mkdtemp(join(tmpdir(), 'esr-56-'));
  dirs.push(dir);
  const server = await startMysql56(dir, randomBytes(6).toString('hex'), options);
  running.push(server);
  return accessTo(server.port, 'root', '');
}

test.each(kinds)(
  'Oracle’s event layout, GTIDs: $gtids',
  async ({ gtids, options }) => {
    const access = await start(['--log-bin=mysql-bin', '--binlog-format=ROW', ...options]);
    await makeMaxwellTables(access);
    const [writer, beats] = [await connectTo(access), await connectTo(access)];
    const beat = heartbeatWriter(beats);
    /** Latest time by which each mark was committed. */
    const committedBy: { mark: number; from: number }[] = [];
    const firstMs = Date.now();
    for (let mark = 1; mark <= 120; mark += 1) {
      committedBy.push({ mark, from: Date.now() });
      if (mark % 5 === 0) await writer.query('BEGIN');
      await writer.query(
        "INSERT INTO tcs.Placement (mark, note, wte, at, body, name) VALUES (?, 'n', 1.5, '2021-03-22 06:25:00.123', REPEAT('b', 300), 'é')",
        [mark],
      );
      if (mark % 5 === 0) {
        await writer.query('UPDATE tcs.Placement SET note = NULL WHERE mark = ?', [mark]);
        await writer.query('COMMIT');
      }
      if (mark % 8 === 0) await writer.query('FLUSH BINARY LOGS');
      if (mark % 3 === 0) await beat();
      if (mark === 60) await writer.query('ALTER TABLE tcs.Placement ADD COLUMN more int');
      await sleep(15);
    }
    await beat();
    const lastMs = Date.now();
    const [names] = await writer.query<never[]>('SHOW BINARY LOGS');
    const log = await readIndependently(
      access,
      (names as { Log_name: string }[]).map(({ Log_name }) => Log_name),
      gtids,
    );

    let proven = 0;
    for (let at = 0; at < 60; at += 1) {
      const atMs = firstMs + Math.floor(Math.random() * (lastMs - firstMs));
      const found = await locate({ access, ...identity, atMs, marginMs: 2_000 });
      const file = Number(/\d+$/.exec(found.file)?.[0]);
      const before = new Set(
        log.transactions
          .filter((one) => one.file < file || (one.file === file && one.end <= found.offset))
          .flatMap(({ marks }) => marks),
      );
      expect(committedBy.filter(({ mark, from }) => from >= atMs && before.has(mark))).toEqual([]);
      expect(log.boundaries.get(file)?.has(found.offset), `${found.file}:${found.offset}`).toBe(true);
      if (!found.proven) continue;
      proven += 1;
      if (gtids) {
        // The set holds exactly what comes before: the server counts the rest.
        expect(found.gtidSet).toMatch(/^[0-9a-f-]{36}:1-\d+$/);
        const [rows] = await writer.query<never[]>(
          `SHOW BINLOG EVENTS IN '${found.file}' FROM ${found.offset} LIMIT 3`,
        );
        const next = (rows as { Event_type: string; Info: string }[]).find(({ Event_type }) => Event_type === 'Gtid');
        if (next !== undefined)
          expect(Number(/:(\d+)'/.exec(next.Info)?.[1])).toBe(Number(/-(\d+)$/.exec(found.gtidSet ?? '')?.[1]) + 1);
      } else expect(found.gtidSet).toBeNull();
    }
    expect(proven).toBeGreaterThan(30);

    await comparePlaces({ access, ...identity }, log, 'mysql-bin.000003', 3);
    if (!gtids)
      expect(await refusedPlace({ access, ...identity, start: { gtidSet: `${anyUuid}:1` } })).toMatchObject({
        code: 'gtid.not-executed',
      });

    const unproven = await locate({ access, ...identity, clientId: 'nobody', atMs: lastMs, marginMs: 1_000 });
    expect(unproven).toMatchObject({ proven: false, heartbeatFrom: 'schema-row', heartbeat: 0 });
    const atStart = await locate({ access, ...identity, clientId: 'nobody', atMs: lastMs, marginMs: 3_600_000 });
    // An empty set: nothing was purged. A server without GTIDs has none.
    expect(atStart).toMatchObject({ basis: 'log-start', gtidSet: gtids ? '' : null });

    const shown = await preview({
      access,
      ...identity,
      from: { file: 'mysql-bin.000001', offset: 4 },
      filter: 'exclude: *.*, include: tcs.*',
    });
    expect(shown.tables.find(({ table }) => table === 'Placement')).toMatchObject({
      insert: log.rows.get('tcs.Placement INSERT'),
      update: log.rows.get('tcs.Placement UPDATE'),
    });
    expect(shown.rows).toBe(144);
    expect(shown.ddls.some(({ statement }) => statement.startsWith('ALTER TABLE'))).toBe(true);

    await beat();
    const status = await maxwellStatus({ access, ...identity });
    expect(status).toMatchObject({ serverId: 56, schemaRows: 1, looks: 'alive', positionReadable: true });
    expect(status.lagBytes).toBeGreaterThan(10_000);
    const still = await sampleHeartbeat({ access, ...identity, ms: 600 });
    expect(still).toMatchObject({ moved: false });
    const moving = sampleHeartbeat({ access, ...identity, ms: 20_000 });
    await sleep(300);
    await beat();
    expect((await moving).moved).toBe(true);
    // Last, because it purges.
    if (gtids) await gtidPlaces(access, writer);
    await Promise.all([writer.end(), beats.end()]);
  },
  240_000,
);

const anyUuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

/** Sets as the server itself has them, and as Maxwell keeps them where it works by them. */
async function gtidPlaces(access: MysqlAccess, writer: Connection): Promise<void> {
  const at = (gtidSet: string) => place({ access, ...identity, start: { gtidSet } });
  const [[row]] = await writer.query<never[]>('SELECT @@GLOBAL.gtid_executed AS executed');
  const { executed } = row as unknown as { executed: string };
  const [uuid = '', last = ''] = executed.split(':1-');
  const half = Math.floor(Number(last) / 2);
  const found = await at(`${uuid.toUpperCase()}:1-${half}`);
  expect(found).toMatchObject({ basis: 'gtid-set', gtidSet: `${uuid}:1-${half}`, byGtid: false });
  const [rows] = await writer.query<never[]>(`SHOW BINLOG EVENTS IN '${found.file}' FROM ${found.offset} LIMIT 1`);
  expect((rows as { Info: string }[])[0]?.Info).toContain(`'${uuid}:${half + 1}'`);
  // A gap: what comes after it is sent again, and that is said.
  const gap = await at(`${uuid}:1-${half}:${half + 3}`);
  expect([gap.offset, gap.warnings.join(' ')]).toEqual([found.offset, expect.stringContaining('has gaps')]);
  const whole = await at(executed);
  expect(whole.after).toBeNull();
  expect(await at(`${uuid}:1-${last}`)).toMatchObject({ offset: whole.offset });
  const refuse = (gtidSet: string) => refusedPlace({ access, ...identity, start: { gtidSet } });
  expect(await refuse(`${anyUuid}:1`)).toMatchObject({ code: 'gtid.not-executed' });
  expect(await refuse('0-1-7')).toMatchObject({ code: 'gtid.set' });

  // A Maxwell that works by GTID sets: rows with server id 0, and the newest schema whose set lies within.
  await writer.query('UPDATE maxwell.positions SET server_id = 0, gtid_set = ?', [`${uuid}:1-${half}`]);
  await writer.query(
    'INSERT INTO maxwell.`schemas` (binlog_file, binlog_position, last_heartbeat_read, gtid_set, server_id) VALUES (?, 4, 8e15, ?, 1), (?, 4, 0, ?, 1)',
    ['mysql-bin.000002', `${uuid}:1-20`, 'mysql-bin.000009', `${uuid}:1-${half + 1}`],
  );
  const within = await at(`${uuid}:1-${half}`);
  expect(within).toMatchObject({ byGtid: true, serverId: 0, schema: { chosen: { gtidSet: `${uuid}:1-20` } } });
  expect(within.schema.later.map(({ gtidSet }) => gtidSet)).toEqual([`${uuid}:1-${half + 1}`]);
  expect((await at(`${uuid}:1-10`)).schema.chosen).toBeNull();
  await writer.query('DELETE FROM maxwell.`schemas` WHERE gtid_set IS NOT NULL');
  await writer.query('UPDATE maxwell.positions SET server_id = @@server_id, gtid_set = NULL');
  await writer.query('FLUSH BINARY LOGS');
  await writer.query("PURGE BINARY LOGS TO 'mysql-bin.000002'");
  expect(await refuse(`${uuid}:1`)).toMatchObject({ code: 'gtid.purged' });
}

test('a server without a binary log is said to have none', async () => {
  const access = await start([]);
  await expect(locate({ access, ...identity, atMs: Date.now() })).rejects.toMatchObject({
    problems: [{ code: 'binlog.off', exit: 'blocked' }],
  });
}, 120_000);

// MySQL 5.6 is too old to show: commit times in GTID events, compressed transactions, SHOW BINARY LOG STATUS.
