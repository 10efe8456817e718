import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { drainQueues } from '../../src/services/messages/drain-writer.ts';
import { restoreDrain } from '../../src/services/messages/restore-writer.ts';
import { verifyDrain } from '../../src/services/messages/verify-drain.ts';
import { tempFolder } from '../fast/state/temp-folder.ts';
import { classic, drainFolder, drainOptions } from '../messages/drain-support.ts';
import { wireClient } from '../messages/wire-client.ts';
import { rabbitAccess } from '../support/rabbit-access.ts';
import { freshVhost, servers, type TestVhost } from '../support/servers.ts';
import { cases, eachCase, readOrRefused } from './fuzzing.ts';

/** What a server sends over one connection, a part each time that the client has said something. */
type Session = readonly Buffer[];

let vhost: TestVhost;
let drained: Session;
let restored: Session;
let drain: string;
let kept: Awaited<ReturnType<typeof drainFolder>>;
const total = 12;

/** Stands between the client and the real broker, and keeps what the broker sends. */
async function recording(): Promise<{ readonly port: number; sessions(): readonly Session[]; close(): void }> {
  const sessions: Buffer[][] = [];
  const { host, port } = servers().rabbit.amqp;
  const server = createServer((client) => {
    const parts: Buffer[] = [];
    sessions.push(parts);
    let said = true;
    const broker = connect({ host, port });
    client.on('data', (bytes) => {
      said = true;
      broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      if (said) parts.push(bytes);
      else parts.push(Buffer.concat([parts.pop() ?? Buffer.alloc(0), bytes]));
      said = false;
      client.write(bytes);
    });
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const)
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
  });
  const listening = await listen(server);
  return { port: listening, sessions: () => sessions, close: () => server.close() };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const accessOver = (port: number) =>
  rabbitAccess({ amqp: `amqp://127.0.0.1:${port}`, timeoutMs: 700, slowTimeoutMs: 900 });

beforeAll(async () => {
  vhost = await freshVhost();
  const client = await wireClient(vhost.name);
  await client.declare('q');
  for (let index = 0; index < total; index += 1)
    client.publish({
      routingKey: Buffer.from('q'),
      header: Buffer.from('100002', 'hex'),
      body: Buffer.from(`message ${index}`.padEnd(index * 40)),
    });
  await client.confirmed();
  client.close();
  const proxy = await recording();
  kept = await drainFolder();
  drain = kept.dir;
  const access = accessOver(proxy.port);
  await drainQueues(drainOptions(vhost.name, drain, { access, queues: [classic('q', { expected: total })] }));
  const before = proxy.sessions().length;
  drained = longest(proxy.sessions());
  const ledger = join(drain, '..', 'recorded.jsonl');
  expect((await restoreDrain({ access, vhost: vhost.name, dir: drain, ledger })).restored).toBe(total);
  restored = longest(proxy.sessions().slice(before));
  proxy.close();
  expect(Math.min(drained.length, restored.length)).toBeGreaterThan(6);
}, 60_000);
afterAll(async () => {
  await kept.remove();
  await vhost.remove();
});

/** The one with most parts, with heartbeats of a second agreed on: a broker that falls silent is noticed by them. */
function longest(sessions: readonly Session[]): Session {
  const [start, tune, ...others] = sessions.reduce((most, one) => (one.length > most.length ? one : most), []);
  if (start === undefined || tune?.length !== 20) throw new Error('the session has no tune of 20 octets');
  const second = Buffer.from(tune);
  second.writeUInt16BE(1, 17);
  return [start, second, ...others];
}

interface Change {
  /** Where in everything that the server sends, as a part of it. */
  readonly at: number;
  readonly how: 'set' | 'insert' | 'drop' | 'cut' | 'long';
  readonly by: Uint8Array;
}

const changes = fc.array(
  fc.record({
    at: fc.nat(9_999).map((at) => at / 10_000),
    how: fc.constantFrom<Change['how'][]>('set', 'set', 'set', 'insert', 'drop', 'cut', 'long'),
    by: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** The session with some octets changed; what stands behind the handshake is changed as often as all before it. */
function changed(session: Session, all: readonly Change[]): Session {
  const parts = session.map((part) => Buffer.from(part));
  for (const { at, how, by } of all) {
    const part = Math.floor(at * parts.length);
    const bytes = parts[part] ?? Buffer.alloc(0);
    const offset = Math.floor((at * parts.length - part) * bytes.length);
    const tail = bytes.subarray(offset);
    parts[part] = Buffer.concat(
      {
        set: [bytes.subarray(0, offset), Buffer.from(by), tail.subarray(by.length)],
        insert: [bytes.subarray(0, offset), Buffer.from(by), tail],
        drop: [bytes.subarray(0, offset), tail.subarray(by.length)],
        cut: [bytes.subarray(0, offset)],
        // A number of eight octets that has grown beyond all that was ever sent.
        long: [bytes.subarray(0, offset), Buffer.alloc(8, by[0]), tail.subarray(8)],
      }[how],
    );
  }
  return parts;
}

/** Sends a session to whoever connects: the next part after each thing that is said, or when nothing is for a moment. */
async function replaying(session: Session): Promise<{ readonly port: number; close(): void }> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    let next = 0;
    const send = (): void => {
      const part = session[next];
      next += 1;
      if (part !== undefined && !client.destroyed) client.write(part);
      if (part !== undefined) quiet.refresh();
    };
    const quiet = setTimeout(send, 60);
    client.on('data', send);
    client.on('error', () => undefined);
    client.on('close', () => clearTimeout(quiet));
  });
  const port = await listen(server);
  return {
    port,
    close: () => {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}

test('a broker whose AMQP is changed anywhere is drained for what it sent, or refused', async () => {
  const parent = await tempFolder();
  const seen = { whole: 0, refused: 0 };
  await eachCase(fc.sample(changes, cases(160)), async (some, at) => {
    const server = await replaying(changed(drained, some));
    const dir = join(parent, String(at));
    const access = accessOver(server.port);
    const queues = [classic('q', { expected: total })];
    try {
      const ended = await readOrRefused(() => drainQueues(drainOptions(vhost.name, dir, { access, queues })));
      if (ended instanceof Fault) seen.refused += 1;
      else {
        seen.whole += 1;
        // As many as it says are on the disk; fewer than were there is no success.
        const [queue] = (await verifyDrain(dir)).manifest.queues;
        expect(queue?.records).toBe(ended.value.queues[0]?.drained);
        if (queue?.records !== total) expect(ended.value.queues[0]).not.toMatchObject({ verdict: 'as-expected' });
      }
      if (existsSync(join(dir, 'manifest.json'))) await verifyDrain(dir);
    } finally {
      server.close();
    }
  });
  expect(seen.whole).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});

test('a broker whose AMQP is changed anywhere is restored to as far as it confirmed, or refused', async () => {
  const parent = await tempFolder();
  const seen = { whole: 0, refused: 0 };
  await eachCase(fc.sample(changes, cases(160)), async (some, at) => {
    const server = await replaying(changed(restored, some));
    const ledger = join(parent, `${at}.jsonl`);
    const options = { access: accessOver(server.port), vhost: vhost.name, dir: drain, ledger, stallMs: 700 };
    try {
      const ended = await readOrRefused(() => restoreDrain(options));
      if (ended instanceof Fault) seen.refused += 1;
      else {
        seen.whole += 1;
        expect(ended.value.restored + ended.value.left.length).toBe(total);
      }
    } finally {
      server.close();
    }
  });
  expect(seen.whole).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});
