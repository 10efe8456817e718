import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askBroker, demandOfBroker, type BrokerAccess } from '../../src/lab/broker-http.ts';
import { withProperty } from '../../src/lab/cdc/maxwell-properties.ts';
import { maxwellTables } from '../../src/lab/cdc/maxwell-tables.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { until } from '../../src/lab/until.ts';
import { buildLauncher } from '../support/build-launcher.ts';
import { realMaxwell } from '../support/real-maxwell.ts';

/**
 * The real Maxwell and the stand-in read the same binlog at the same time, each with a database of its own for its
 * tables and a vhost of its own to publish into.
 *
 * Known differences, all of them:
 * - `schemas.deltas`: Maxwell writes the table before and after an ALTER, the stand-in the statement.
 * - Maxwell 1.22 writes a heartbeat after 1,000 bytes, newer ones and the stand-in after 3,000.
 * - Over its own database driver, Maxwell 1.22 takes MariaDB for a MySQL without fractions of seconds: it drops them from
 *   times, and files 0 as the length of such columns. The stand-in keeps them, as Maxwell does on MySQL. TIS's tables
 *   of the lab have none.
 * - Its AMQP client always sends headers, if none.
 * - Stopped in order, Java ends with 143 and the stand-in with 0.
 * - Maxwell captures the schemas of `mysql` and `sys` as well, and so does the stand-in; names of character sets and
 *   enumerations there are not compared.
 */
const present = await realMaxwell();

const otherDatabase = 'maxwell_stand_in';
const otherVhost = 'compare';

describe.runIf(present)('the stand-in beside the real Maxwell', () => {
  let stateDir: string;
  let program: [string, ...string[]];
  let lab: Lab;
  let root: Connection;
  let access: BrokerAccess;
  let standIn: ReturnType<typeof startStandIn>;

  const startStandIn = () => {
    const [file, ...args] = program;
    return execa(file, [...args, 'lab-program', 'maxwell-stand-in'], { reject: false, stdin: 'pipe' });
  };
  const rows = async (sql: string): Promise<RowDataPacket[]> => (await root.query<RowDataPacket[]>(sql))[0];
  const queueOf = async (vhost: string): Promise<void> => {
    await demandOfBroker(access, 'PUT', `/api/queues/${vhost}/compared`, { durable: true, arguments: {} });
    await demandOfBroker(access, 'POST', `/api/bindings/${vhost}/e/maxwell/q/compared`, {
      routing_key: '',
      arguments: {},
    });
  };
  const messages = async (vhost: string): Promise<{ payload: string; routing_key: string; properties: object }[]> =>
    (await demandOfBroker(access, 'POST', `/api/queues/${vhost}/compared/get`, {
      count: 1_000,
      ackmode: 'ack_requeue_true',
      encoding: 'auto',
    })) as { payload: string; routing_key: string; properties: object }[];

  beforeAll(async () => {
    program = await buildLauncher();
    stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-compare-'));
    lab = await labUp({
      name: 'compare',
      stateDir,
      program,
      say: () => undefined,
      cdc: 'real',
      perSecond: 0,
      rowsPerSecond: 0,
    });
    const { rabbitmq, mariadb, cdc } = lab.running;
    access = { ...rabbitmq, password: await readFile(rabbitmq.passwordFile, 'utf8') };
    root = await createConnection({
      host: mariadb.host,
      port: mariadb.port,
      user: mariadb.root.user,
      password: await readFile(mariadb.root.passwordFile, 'utf8'),
      multipleStatements: false,
    });
    await root.query(`GRANT ALL ON ${otherDatabase}.* TO 'maxwell'@'127.0.0.1'`);
    await demandOfBroker(access, 'PUT', `/api/vhosts/${otherVhost}`, {});
    for (const user of [access.user, 'cdc']) {
      await demandOfBroker(access, 'PUT', `/api/permissions/${otherVhost}/${user}`, {
        configure: '.*',
        write: '.*',
        read: '.*',
      });
    }
    const changed: readonly (readonly [string, string])[] = [
      ['schema_database', otherDatabase],
      ['client_id', 'stand-in'],
      ['rabbitmq_virtual_host', otherVhost],
    ];
    const properties = join(stateDir, 'stand-in.properties');
    await writeFile(
      properties,
      changed.reduce(
        (text, [key, value]) => withProperty(text, key, value),
        await readFile(cdc?.properties ?? '', 'utf8'),
      ),
      { mode: 0o600 },
    );
    standIn = startStandIn();
    standIn.stdin.write(`${JSON.stringify({ properties })}\n`);
    await until(
      'the stand-in to beat',
      async () => (await rows(`SELECT * FROM ${otherDatabase}.heartbeats`)).length === 1,
      { atMostMs: 60_000 },
    );
    await queueOf('esr');
    await queueOf(otherVhost);
    for (const sql of [
      `INSERT INTO tcs.Post (nationalPostNumber, status, trainingDescription, labChange) VALUES
       ('YHD/1', 'CURRENT', 'tabs\\t, "quotes", \\\\ and £ é 漢 🙂', 'a'), ('YHD/2', NULL, NULL, 'b'), ('YHD/3', '', '', 'c')`,
      `INSERT INTO tcs.Placement (traineeId, postId, dateFrom, dateTo, placementWholeTimeEquivalent, amendedDate, labChange)
       VALUES (1, 9007199254740993, '2021-03-28', NULL, 0.800, '2021-03-28 01:30:00', 'd')`,
      `UPDATE tcs.Placement SET placementWholeTimeEquivalent = 1, dateTo = '2021-12-31', labChange = 'e' WHERE labChange = 'd'`,
      `UPDATE tcs.Post SET status = 'INACTIVE'`,
      `INSERT INTO tcs.EsrNotification (notificationTitleCode, createdDate, labChange) VALUES ('1', '2021-10-31 01:30:00', 'f')`,
      'START TRANSACTION',
      `INSERT INTO tcs.PlacementEsrEvent (placementId, eventDateTime, filename, labChange) VALUES (1, '2021-07-27 13:00:00', 'DE_EMD_APP_20210727_00003754.DAT', 'g')`,
      `DELETE FROM tcs.EsrNotification WHERE labChange = 'f'`,
      'COMMIT',
      'START TRANSACTION',
      `INSERT INTO tcs.Post (labChange) VALUES ('rolled back')`,
      'ROLLBACK',
      'ALTER TABLE tcs.Post ADD COLUMN legacy int unsigned NULL AFTER status',
      `INSERT INTO tcs.Post (status, legacy, labChange) VALUES ('CURRENT', 4294967295, 'h')`,
      'FLUSH BINARY LOGS',
      `DELETE FROM tcs.Post WHERE labChange IN ('a', 'b')`,
      `INSERT INTO tcs.Post (labChange) VALUES ('last')`,
    ]) {
      await root.query(sql);
    }
    for (const vhost of ['esr', otherVhost]) {
      await until(
        `the last change in ${vhost}`,
        async () => (await messages(vhost)).some(({ payload }) => payload.includes('"last"')),
        { atMostMs: 60_000, everyMs: 500 },
      );
    }
  }, 300_000);
  afterAll(async () => {
    standIn.kill('SIGTERM');
    expect((await standIn).exitCode).toBe(0);
    await root.end();
    await lab.end();
    await askBroker(access, 'GET', '/api/vhosts').catch(() => undefined);
    await rm(dirname(program[1] ?? ''), { recursive: true });
    await rm(stateDir, { recursive: true, force: true });
  });

  it('publishes the same messages, digit by digit', async () => {
    const [real, other] = [await messages('esr'), await messages(otherVhost)];
    expect(other.map(({ payload }) => payload)).toEqual(real.map(({ payload }) => payload));
    expect(other.map(({ routing_key }) => routing_key)).toEqual(real.map(({ routing_key }) => routing_key));
    expect(real.map(({ properties }) => properties)).toEqual(real.map(() => ({ delivery_mode: 2 })));
    expect(other.map(({ properties }) => properties)).toEqual(real.map(() => ({ delivery_mode: 2, headers: {} })));
    expect(real.length).toBe(15);
  });

  it('makes the same tables', async () => {
    for (const table of Object.keys(maxwellTables)) {
      const [real, other] = await Promise.all(
        ['maxwell', otherDatabase].map(async (database) =>
          String((await rows(`SHOW CREATE TABLE ${database}.${table}`))[0]?.['Create Table']).replace(
            / AUTO_INCREMENT=\d+/,
            '',
          ),
        ),
      );
      expect(other).toBe(real);
    }
    const names = async (database: string) =>
      (await rows(`SHOW TABLES FROM ${database}`)).map((row) => String(Object.values(row)[0]));
    expect(await names(otherDatabase)).toEqual(await names('maxwell'));
  });

  it('captures the same schema, and files a change of it under the same position', async () => {
    const captured = (database: string) =>
      rows(
        `SELECT d.name AS db, d.charset AS dbCharset, t.name AS tableName, t.charset AS tableCharset, t.pk, c.name, c.charset, c.coltype,
           c.is_signed, c.enum_values, c.column_length
         FROM ${database}.columns c JOIN ${database}.tables t ON t.id = c.table_id JOIN ${database}.databases d ON d.id = t.database_id
         WHERE d.name = 'tcs' ORDER BY t.name, c.id`,
      );
    expect(await captured(otherDatabase)).toEqual(await captured('maxwell'));
    const changes = (database: string) =>
      rows(
        `SELECT binlog_file, binlog_position, gtid_set, base_schema_id IS NULL AS whole, server_id, charset, version, deleted
         FROM ${database}.schemas ORDER BY id DESC LIMIT 1`,
      );
    expect(await changes(otherDatabase)).toEqual(await changes('maxwell'));
  });

  it('stores positions that end where an event with rows ends, before its commit', async () => {
    for (const database of ['maxwell', otherDatabase]) {
      const position = await until(
        'the position to have come to the newest file',
        async () =>
          (await rows(`SELECT * FROM ${database}.positions`)).find((row) => row['binlog_file'] === 'mysql-bin.000002'),
        { atMostMs: 60_000 },
      );
      const events = await rows(`SHOW BINLOG EVENTS IN '${String(position['binlog_file'])}'`);
      const before = events.find((event) => event['End_log_pos'] === position['binlog_position']);
      const after = events.find((event) => event['Pos'] === position['binlog_position']);
      expect([before?.['Event_type'], after?.['Event_type']]).toEqual([
        expect.stringMatching(/rows_v1$/) as string,
        'Xid',
      ]);
    }
  });
});
