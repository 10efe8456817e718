import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { until } from '../../src/lab/until.ts';
import { locate } from '../../src/services/maxwell/locate.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { accessTo, connectTo, makeMaxwellTables } from '../support/maxwell-world.ts';

const minute = 60_000;
/** The hour that spring leaves out and the one that autumn repeats begin or end here, in Europe/London. */
const changes = [Date.parse('2026-03-29T01:00:00Z'), Date.parse('2025-10-26T01:00:00Z')].sort((a, b) => a - b);
let dir: string;
let mariadb: MariadbServer;
let access: MysqlAccess;
const beats: number[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-bc-'));
  mariadb = await startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  const root = accessTo(mariadb.port, 'root', mariadb.root.password);
  access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  await makeMaxwellTables(root);
  const connection = await connectTo(root);
  await connection.query('INSERT INTO maxwell.heartbeats (server_id, heartbeat) VALUES (@@server_id, 1)');
  const stamp = (ms: number): Promise<unknown> => connection.query(`SET TIMESTAMP = ${ms / 1000}`);
  await stamp((changes[0] ?? 0) - 100 * minute);
  await connection.query('FLUSH BINARY LOGS');
  const [[at]] = await connection.query<never[]>('SHOW BINLOG STATUS');
  const { File: file } = at as unknown as { File: string };
  // A file is kept as long as the storage engine may need it for a recovery.
  await until(
    'the first file to go',
    async () => {
      await connection.query(`PURGE BINARY LOGS TO '${file}'`);
      return (await connection.query<never[]>('SHOW BINARY LOGS'))[0].length === 1;
    },
    { atMostMs: 60_000, everyMs: 100 },
  );
  for (const change of changes)
    for (let turn = -90; turn <= 90; turn += 1) {
      const ms = change + turn * minute;
      await stamp(ms);
      if (turn % 30 === 0) await connection.query('FLUSH BINARY LOGS');
      await connection.query('INSERT INTO tcs.Placement (mark) VALUES (?)', [ms / 1000]);
      await stamp(ms + 30_000);
      beats.push(ms + 30_123);
      await connection.query('UPDATE maxwell.heartbeats SET heartbeat = ?', [ms + 30_123]);
    }
  await connection.end();
}, 120_000);

afterAll(async () => {
  await mariadb.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

test.each(['UTC', 'Europe/London', 'Pacific/Auckland'])(
  'both clock changes, on a machine whose zone is %s',
  async (zone) => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    try {
      for (const change of changes)
        for (let turn = -80; turn < 85; turn += 11) {
          const atMs = change + turn * minute + 45_500;
          const found = await locate({ access, clientId: 'maxwell', schemaDatabase: 'maxwell', atMs });
          expect(found).toMatchObject({ proven: true, heartbeat: beats.filter((beat) => beat <= atMs).at(-2) });
          const unproven = await locate({
            access,
            clientId: 'nobody',
            schemaDatabase: 'maxwell',
            atMs,
            marginMs: 5 * minute,
          });
          expect(unproven.proven).toBe(false);
          expect(unproven.distanceMs).toBeGreaterThanOrEqual(5 * minute);
          expect(unproven.distanceMs).toBeLessThan(7 * minute);
        }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  },
  120_000,
);
