import type { Connection } from 'mysql2/promise';
import type { FileListing } from '../../src/core/ports-reconcile.ts';
import type { ReconcileException, ReconcileSettings } from '../../src/core/reconcile.ts';

/** A small random generator with a seed: the seed reproduces the days. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const zone = 'Europe/London';
export const limit = 6;
const offices = ['EMD', 'LDN', 'WES', 'YHD'];

/** Tables shaped like those of TIS; names of columns are the test's. */
export const tableStatements = [
  'CREATE DATABASE IF NOT EXISTS tcs',
  'CREATE TABLE tcs.EsrNotification (id bigint PRIMARY KEY AUTO_INCREMENT, titleCode varchar(20), office varchar(20), postNumber varchar(60), body text, createdDate timestamp NOT NULL DEFAULT current_timestamp(), KEY (createdDate))',
  'CREATE TABLE tcs.PlacementEsrEvent (id bigint PRIMARY KEY AUTO_INCREMENT, placementId bigint NOT NULL, eventDateTime datetime(3), filename varchar(255), positionNumber bigint, status varchar(20), KEY (eventDateTime))',
];

export function settingsFor(datetime: 'utc' | 'local'): ReconcileSettings {
  return {
    recordsPerPost: limit,
    tables: [
      {
        what: 'notifications',
        schema: 'tcs',
        table: 'EsrNotification',
        id: 'id',
        created: 'createdDate',
        zone: 'utc',
        office: 'office',
        duplicates: ['office', 'postNumber', 'titleCode'],
        file: null,
        post: null,
      },
      {
        what: 'applicants',
        schema: 'tcs',
        table: 'PlacementEsrEvent',
        id: 'id',
        created: 'eventDateTime',
        zone: datetime,
        office: null,
        duplicates: ['placementId', 'positionNumber', 'filename'],
        file: 'filename',
        post: 'positionNumber',
      },
    ],
    files: {
      bucket: 'esr',
      prefix: 'app/{date}/',
      name: 'DE_{office}_APP_{date}_{seq}.DAT',
      offices,
      sequence: 'shared',
      lookBackDays: 3,
    },
  };
}

/** Objects by key, listed like a bucket. */
export function bucketOf(keys: ReadonlyMap<string, number>): FileListing {
  return {
    async *list(bucket, prefix) {
      await Promise.resolve();
      if (bucket === 'esr') for (const [key, bytes] of keys) if (key.startsWith(prefix)) yield { key, bytes };
    },
  };
}

/** What an exception is about, without words: what the generator and the product must agree on. */
export function gist({ kind, table, id, file, post, rows, office }: Partial<ReconcileException>): string {
  return JSON.stringify([kind, table ?? null, id ?? null, file ?? null, post ?? null, rows ?? null, office ?? null]);
}

/** A day with what was planted in it. */
export interface PlantedDay {
  readonly date: string;
  readonly datetime: 'utc' | 'local';
  readonly expected: readonly string[];
  readonly bucket: FileListing;
  readonly notifications: number;
  readonly applicants: number;
}

/** First and last millisecond of a date in London, from the rule of its clock changes alone. */
function spanOf(date: string): { readonly from: number; readonly until: number } {
  const lastSunday = (year: number, month: number): string => {
    const last = new Date(Date.UTC(year, month, 0));
    return new Date(last.getTime() - last.getUTCDay() * 86_400_000).toISOString().slice(0, 10);
  };
  const year = Number(date.slice(0, 4));
  const start = Date.parse(`${date}T00:00:00Z`);
  const [spring, autumn] = [lastSunday(year, 3), lastSunday(year, 10)];
  const summerAt = (day: string): boolean => day > spring && day <= autumn;
  const next = new Date(start + 86_400_000).toISOString().slice(0, 10);
  return {
    from: start - (summerAt(date) ? 3_600_000 : 0),
    until: Date.parse(`${next}T00:00:00Z`) - (summerAt(next) ? 3_600_000 : 0),
  };
}

let counter = 3_000;
let unique = 0;

/** Writes a day into the database, as its clock would have been, and plants what must be found. */
export async function plantDay(
  connection: Connection,
  date: string,
  random: (below: number) => number,
): Promise<PlantedDay> {
  const { from, until } = spanOf(date);
  const datetime = random(2) === 0 ? 'utc' : 'local';
  const expected: string[] = [];
  const say = async (sql: string, values: readonly unknown[] = []): Promise<number> => {
    const [done] = await connection.query(sql, [...values]);
    return Number(Reflect.get(done, 'insertId') ?? 0);
  };
  const compact = date.replaceAll('-', '');
  const at = (): number => from + 1000 * random((until - from) / 1000);
  const civil = (ms: number): string => {
    if (datetime === 'utc') return new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
      new Date(ms),
    );
  };
  const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const unlogged = async <T>(work: () => Promise<T>): Promise<T> => {
    await say('SET SESSION sql_log_bin = 0');
    const result = await work();
    await say('SET SESSION sql_log_bin = 1');
    return result;
  };
  await say(`SET SESSION time_zone = '+00:00', timestamp = ${Math.floor(from / 1000) - 7200}`);
  if (random(5) === 0) await say('FLUSH BINARY LOGS');
  await say(`SET SESSION timestamp = ${Math.floor(from / 1000) + random(3600)}`);

  // Files of the day and of the one before, from one counter.
  const keys = new Map<string, number>();
  const before = new Date(from + 43_200_000 - 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const put = (office: string, day: string, seq: number): string => {
    const name = `DE_${office}_APP_${day}_${String(seq).padStart(8, '0')}.DAT`;
    keys.set(`app/${day}/${name}`, 100);
    return name;
  };
  for (const office of offices) put(office, before, ++counter);
  const fileOf = new Map<string, string>();
  for (const office of offices) {
    if (random(12) === 0) {
      const missing = 1 + random(3);
      expected.push(
        gist({
          kind: 'sequence-gap',
          id: missing === 1 ? String(counter + 1) : `${counter + 1}..${counter + missing}`,
          rows: missing,
        }),
      );
      counter += missing;
    }
    fileOf.set(office, put(office, compact, ++counter));
  }
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  if (random(6) === 0) {
    const office = pick(offices);
    put(office, compact, ++counter);
    expected.push(gist({ kind: 'office-twice', office, rows: 2, file: fileOf.get(office) ?? '' }));
  }
  if (random(6) === 0) {
    const name = fileOf.get(pick(offices)) ?? '';
    keys.set(`app/${compact}/${name}`, 0);
    expected.push(gist({ kind: 'file-empty', file: name, office: name.slice(3, 6) }));
  }

  const notification = (ms: number, post = `P${++unique}`): readonly unknown[] => [
    pick(['1', '4']),
    pick(offices),
    post,
    'é'.repeat(random(40)),
    stamp(ms),
  ];
  const applicant = (ms: number, file: string | null, post = ++unique): readonly unknown[] => [
    ++unique,
    civil(ms),
    file,
    post,
    'EXPORTED',
  ];
  const insertNotifications = (rows: readonly (readonly unknown[])[]) =>
    say('INSERT INTO tcs.EsrNotification (titleCode, office, postNumber, body, createdDate) VALUES ?', [rows]);
  const insertApplicants = (rows: readonly (readonly unknown[])[]) =>
    say('INSERT INTO tcs.PlacementEsrEvent (placementId, eventDateTime, filename, positionNumber, status) VALUES ?', [
      rows,
    ]);

  // What is in order: all through the day, its first and last seconds too, and right beside it.
  const many = 20 + random(40);
  await insertNotifications([from, until - 1000, ...Array.from({ length: many }, at)].map((ms) => notification(ms)));
  await insertNotifications([from - 1000, until].map((ms) => notification(ms, 'outside')));
  const applicants = offices.flatMap((office) =>
    Array.from({ length: 2 + random(6) }, () => applicant(at(), fileOf.get(office) ?? '')),
  );
  await insertApplicants([...applicants, applicant(from, null), applicant(until - 1000, null)]);
  await insertApplicants([applicant(from - 1000, null, 7), applicant(until, null, 7)]);
  let [notified, applied] = [many + 2, applicants.length + 2];

  // Changes that are no exceptions: logged deletions, updates, moves to another day, what was rolled back.
  const gone = await insertNotifications([notification(at()), notification(at())]);
  await say('DELETE FROM tcs.EsrNotification WHERE id = ?', [gone]);
  await say('UPDATE tcs.EsrNotification SET body = "changed" WHERE id = ?', [gone + 1]);
  notified += 1;
  if (random(3) === 0) {
    await say('UPDATE tcs.EsrNotification SET createdDate = ? WHERE id = ?', [stamp(until + 1000), gone + 1]);
    notified -= 1;
  }
  if (random(3) === 0) {
    await say('UPDATE tcs.EsrNotification SET id = id + 1000000 WHERE id = ?', [gone + 1]);
    // The counter follows the highest id on its own.
  }
  await say('BEGIN');
  await insertNotifications([notification(at())]);
  await say('ROLLBACK');

  for (let plants = random(4); plants > 0; plants -= 1) {
    switch (random(6)) {
      case 0: {
        const id = await insertNotifications([notification(at())]);
        await unlogged(() => say('DELETE FROM tcs.EsrNotification WHERE id = ?', [id]));
        expected.push(gist({ kind: 'not-in-table', table: 'tcs.EsrNotification', id: String(id), rows: 1 }));
        break;
      }
      case 1: {
        const file = fileOf.get(pick(offices)) ?? '';
        const id = await unlogged(() => insertApplicants([applicant(at(), file)]));
        expected.push(
          gist({
            kind: 'not-in-log',
            table: 'tcs.PlacementEsrEvent',
            id: String(id),
            rows: 1,
            file,
            office: file.slice(3, 6),
          }),
        );
        applied += 1;
        break;
      }
      case 2: {
        const copies = 2 + random(3);
        const row = notification(at());
        const first = await insertNotifications(Array.from({ length: copies }, () => row));
        expected.push(
          gist({
            kind: 'duplicate',
            table: 'tcs.EsrNotification',
            id: `${first}..${first + copies - 1}`,
            rows: copies,
          }),
        );
        notified += copies;
        break;
      }
      case 3: {
        const file = fileOf.get(pick(offices)) ?? '';
        const post = ++unique;
        const rows = limit + 1 + random(4);
        await insertApplicants(Array.from({ length: rows }, () => applicant(at(), file, post)));
        expected.push(
          gist({
            kind: 'over-limit',
            table: 'tcs.PlacementEsrEvent',
            file,
            post: String(post),
            rows,
            office: file.slice(3, 6),
          }),
        );
        // As many as are allowed are no exception.
        const allowed = ++unique;
        await insertApplicants(Array.from({ length: limit }, () => applicant(at(), file, allowed)));
        applied += rows + limit;
        break;
      }
      case 4: {
        const name = `DE_LDN_APP_${compact}_9${String(++unique).padStart(7, '0')}.DAT`;
        await insertApplicants([applicant(at(), name), applicant(at(), name)]);
        expected.push(
          gist({ kind: 'file-absent', table: 'tcs.PlacementEsrEvent', file: name, rows: 2, office: 'LDN' }),
        );
        applied += 2;
        break;
      }
      default: {
        const id = await insertApplicants([applicant(at(), fileOf.get('EMD') ?? '')]);
        await unlogged(() => say('DELETE FROM tcs.PlacementEsrEvent WHERE id = ?', [id]));
        expected.push(gist({ kind: 'not-in-table', table: 'tcs.PlacementEsrEvent', id: String(id), rows: 1 }));
      }
    }
  }
  if (random(8) === 0) {
    // A file is gone from the bucket: the last one, so that no number is missing between two.
    const office = offices.at(-1) ?? '';
    const name = fileOf.get(office) ?? '';
    const others = [...keys.keys()].filter((key) => key.includes(`/DE_${office}_APP_${compact}`));
    if (
      others.length === 1 &&
      [...keys.keys()].at(-1)?.endsWith(name) === true &&
      keys.get(`app/${compact}/${name}`) !== 0
    ) {
      const rows = await say('SELECT 1', []).then(async () => {
        const [counted] = await connection.query('SELECT COUNT(*) AS n FROM tcs.PlacementEsrEvent WHERE filename = ?', [
          name,
        ]);
        return Number(Reflect.get((counted as object[])[0] ?? {}, 'n'));
      });
      keys.delete(`app/${compact}/${name}`);
      const gap = expected.findIndex(
        (one) => one.includes('sequence-gap') && one.includes(String(Number(name.slice(-12, -4)) - 1)),
      );
      if (gap >= 0) expected.splice(gap, 1);
      expected.push(
        gist({ kind: 'office-without-file', office }),
        gist({ kind: 'file-absent', table: 'tcs.PlacementEsrEvent', file: name, rows, office }),
      );
    }
  }
  return {
    date,
    datetime,
    expected: expected.sort(),
    bucket: bucketOf(keys),
    notifications: notified,
    applicants: applied,
  };
}
