import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { createReconcileReader } from '../../src/services/reconcile/reader.ts';
import { accessTo, connectTo } from '../support/maxwell-world.ts';
import { gist, plantDay, seeded, settingsFor, tableStatements, zone } from './planted-days.ts';

let dir: string;
let mariadb: MariadbServer;
let root: Connection;
const work = { signal: new AbortController().signal, progress: () => undefined };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-ops-days-'));
  mariadb = await startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  root = await connectTo(accessTo(mariadb.port, 'root', mariadb.root.password));
  for (const sql of tableStatements) await root.query(sql);
});
afterAll(async () => {
  await root.end();
  await mariadb.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Ascending days, at least four apart, every clock change of some years among them. */
function randomDays(count: number, random: (below: number) => number): readonly string[] {
  const changes = ['2022-03-27', '2022-10-30', '2023-10-29', '2025-03-30', '2025-10-26'];
  const taken = [...changes];
  while (taken.length < count) {
    const day = new Date(Date.UTC(2021, 0, 2 + random(1800))).toISOString().slice(0, 10);
    if (taken.every((other) => Math.abs(Date.parse(other) - Date.parse(day)) >= 4 * 86_400_000)) taken.push(day);
  }
  return taken.sort();
}

it('finds everything that was planted on 100 random days, and nothing else', async () => {
  const seed = Number(process.env['RECONCILE_SEED'] ?? 20_260_322);
  const random = seeded(seed);
  const days = randomDays(100, random);
  await root.query(`SET SESSION timestamp = ${Date.parse(days[0] ?? '') / 1000 - 200_000}`);
  await root.query('RESET MASTER');
  const access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  const kinds = new Map<string, number>();
  for (const date of days) {
    const planted = await plantDay(root, date, random);
    const reader = createReconcileReader({
      access: () => Promise.resolve(access),
      settings: settingsFor(planted.datetime),
      timezone: zone,
      files: planted.bucket,
    });
    const found: string[] = [];
    const day = await reader.day(date, work, (one) => {
      found.push(gist(one));
      kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
    });
    const context = `seed ${seed}, ${date}, ${planted.datetime}`;
    expect([context, found.sort()]).toEqual([context, planted.expected]);
    expect([context, day.tables.map(({ rows }) => rows)]).toEqual([
      context,
      [planted.notifications, planted.applicants],
    ]);
    expect(day.exceptions).toBe(planted.expected.length);
    for (const { rows, offices } of day.tables) expect(offices.reduce((sum, one) => sum + one.rows, 0)).toBe(rows);
  }
  // The sample must have had something of each kind, or it proves nothing.
  for (const kind of [
    'not-in-table',
    'not-in-log',
    'duplicate',
    'over-limit',
    'file-absent',
    'file-empty',
    'office-twice',
    'office-without-file',
    'sequence-gap',
  ])
    expect([kind, kinds.get(kind) ?? 0]).toEqual([kind, expect.toSatisfy((count: number) => count > 0)]);
}, 180_000);

it('takes rows that come and go while it reads for nothing else', async () => {
  const access = accessTo(mariadb.port, mariadb.reader.user, mariadb.reader.password);
  const writer = await connectTo(accessTo(mariadb.port, 'root', mariadb.root.password));
  await writer.query("SET SESSION time_zone = '+00:00'");
  await writer.query('FLUSH BINARY LOGS');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const made = `${tomorrow} 12:00:00`;
  const reader = createReconcileReader({
    access: () => Promise.resolve(access),
    settings: { ...settingsFor('utc'), files: null },
    timezone: 'UTC',
    files: null,
  });
  const enough = new AbortController();
  let changes = 0;
  const writing = (async () => {
    while (!enough.signal.aborted) {
      const [done] = await writer.query(
        'INSERT INTO tcs.EsrNotification (titleCode, office, postNumber, createdDate) VALUES ("1", "EMD", ?, ?)',
        [`w${changes}`, made],
      );
      if (changes % 2 === 0)
        await writer.query('DELETE FROM tcs.EsrNotification WHERE id = ?', [Reflect.get(done, 'insertId')]);
      changes += 1;
    }
  })();
  const found: string[] = [];
  for (let round = 0; round < 12; round += 1) await reader.day(tomorrow, work, (one) => void found.push(gist(one)));
  enough.abort();
  await writing;
  expect(changes).toBeGreaterThan(10);
  expect(found).toEqual([]);

  // Rows from before an ALTER have other places in the log: that they can't be read is said.
  await writer.query('ALTER TABLE tcs.EsrNotification ADD COLUMN added int FIRST');
  const kinds = new Set<string>();
  await reader.day(tomorrow, work, (one) => void kinds.add(one.kind));
  expect(kinds).toContain('unread');
  await writer.end();
}, 120_000);
