import { expect, it, onTestFinished } from 'vitest';
import type { Connection } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectMysql } from '../../../src/services/mysql/connect.ts';
import { streamRows } from '../../../src/services/mysql/stream-rows.ts';
import { servers } from '../../support/servers.ts';

async function connected(): Promise<Connection> {
  const { host, port, root } = servers().mariadb;
  const settings = { host, port, user: root.user, password: { env: 'X' }, tls: null, timeoutMs: 10_000 };
  const connection = await connectMysql({ settings, password: root.password });
  onTestFinished(() => {
    connection.destroy();
  });
  return connection;
}

const five = 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n';

it('rows stay in order while each is worked on for longer than the server may be silent', async () => {
  const found: unknown[] = [];
  for await (const [number] of streamRows(await connected(), five, [], 200)) {
    found.push(number);
    await sleep(120);
  }
  expect(found).toEqual([1, 2, 3, 4, 5]);
});

it('a server from which no row comes ends the reading, saying so', async () => {
  const rows = streamRows(await connected(), 'SELECT SLEEP(20)', [], 300);
  await expect(rows.next()).rejects.toThrow('no row came for 0.3 s');
});

it('a connection that is lost in the middle ends the reading', async () => {
  const [reading, killing] = [await connected(), await connected()];
  const rows = streamRows(reading, 'SELECT SLEEP(20)');
  const next = expect(rows.next()).rejects.toThrow(/closed|lost|killed/i);
  await killing.query(`KILL ${reading.threadId}`);
  await next;
});
