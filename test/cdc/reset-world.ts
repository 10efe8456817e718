import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RowDataPacket } from 'mysql2/promise';
import { stringify } from 'yaml';
import type { JournalRecord } from '../../src/core/journal.ts';
import { demandOfBroker, seg } from '../../src/lab/broker-http.ts';
import { readProperties, withProperty } from '../../src/lab/cdc/maxwell-properties.ts';
import { jsonLines } from '../../src/lab/json-lines.ts';
import { until } from '../../src/lab/until.ts';
import { programFile, type TestEnvironment } from '../support/program.ts';
import { positionRow, type CdcLab } from './cdc-lab.ts';

/** A CDC of its own in a lab: a stand-in with its own client id, its own vhost, and an environment that controls it. */
export interface CdcWorld {
  readonly clientId: string;
  readonly environment: TestEnvironment;
  /** Password of its user of the broker, who has its name. */
  readonly password: string;
  control(verb: 'start' | 'stop' | 'status'): Promise<number>;
  row(): Promise<Record<string, unknown> | undefined>;
  /** Waits until the newest run's journal says that a change of this step is about to be made. */
  intended(step: string): Promise<void>;
  /** What the stand-in has said. */
  log(): Promise<string>;
}

/** A world with a past to go back to. */
export interface ResetWorld extends CdcWorld {
  /** A time with heartbeats of this client before and after it, RFC 3339. */
  readonly since: string;
}

/** Makes vhost, user, exchange and queue, and starts the stand-in. */
export async function cdcWorld({ lab, which, root }: CdcLab, clientId: string): Promise<CdcWorld> {
  const { rabbitmq, mariadb, cdc } = lab.running;
  if (cdc === undefined) throw new Error('a lab without change data capture');
  const access = { ...rabbitmq, password: await readFile(rabbitmq.passwordFile, 'utf8') };
  const home = join(which.stateDir, `world-${clientId}`);
  await mkdir(home, { mode: 0o700 });
  const password = randomBytes(12).toString('hex');
  const all = { configure: '.*', write: '.*', read: '.*' };
  const put = (path: string, body: Parameters<typeof demandOfBroker>[3]): Promise<unknown> =>
    demandOfBroker(access, 'PUT', `/api/${path}`, body);
  await put(`vhosts/${seg(clientId)}`, {});
  await put(`users/${seg(clientId)}`, { password, tags: '' });
  await put(`permissions/${seg(clientId)}/${seg(clientId)}`, all);
  await put(`permissions/${seg(clientId)}/${seg(access.user)}`, all);
  await put(`exchanges/${seg(clientId)}/maxwell`, { type: 'fanout', durable: true });
  await put(`queues/${seg(clientId)}/changes`, { durable: true, arguments: { 'x-max-length': 10 } });
  await demandOfBroker(access, 'POST', `/api/bindings/${seg(clientId)}/e/maxwell/q/changes`, { routing_key: '' });

  let properties = await readFile(cdc.properties, 'utf8');
  const own = {
    client_id: clientId,
    rabbitmq_virtual_host: clientId,
    rabbitmq_user: clientId,
    rabbitmq_pass: password,
  };
  for (const [name, value] of Object.entries(own)) properties = withProperty(properties, name, value);
  if (readProperties(properties).get('client_id') !== clientId) throw new Error('the properties were not changed');
  await writeFile(join(home, 'config.properties'), properties, { mode: 0o600 });
  await writeFile(
    join(home, 'start.json'),
    JSON.stringify([process.execPath, programFile(), 'lab-program', 'maxwell-stand-in']),
  );
  const command = (verb: string) => ({
    command: [process.execPath, join(import.meta.dirname, 'control-stand-in.mjs'), home, verb],
  });
  const { reader } = mariadb;
  // Locks go by the environment's name.
  const config = {
    version: 1,
    environments: {
      [clientId]: {
        rabbitmq: {
          management: rabbitmq.managementUrl,
          amqp: rabbitmq.amqpUrl,
          user: rabbitmq.user,
          password: { file: rabbitmq.passwordFile },
          vhost: clientId,
          expected: { consumers: 0 },
        },
        mysql: { host: mariadb.host, port: mariadb.port, user: reader.user, password: { file: reader.passwordFile } },
        cdc: {
          clientId,
          schemaDatabase: cdc.schemaDatabase,
          exchange: { name: 'maxwell', type: 'fanout', durable: true },
          config: { kind: 'properties', file: join(home, 'config.properties') },
          control: { start: command('start'), stop: command('stop'), status: command('status'), logs: command('logs') },
          mysql: { user: cdc.position.user, password: { file: cdc.position.passwordFile } },
        },
      },
    },
  };
  await writeFile(join(home, 'config.yaml'), stringify(config), { mode: 0o600 });
  const dir = join(home, 'state', 'esr-ops', clientId);
  const world: CdcWorld = {
    clientId,
    password,
    environment: {
      home,
      dir,
      env: {
        XDG_STATE_HOME: join(home, 'state'),
        ESR_OPS_CONFIG: join(home, 'config.yaml'),
        HOME: home,
        NO_COLOR: '1',
        LANG: 'C.UTF-8',
      },
      remove: () => Promise.resolve(),
    },
    control: async (verb) => {
      const [file = '', ...args] = command(verb).command;
      return (await execa(file, args, { reject: false })).exitCode ?? -1;
    },
    row: () => positionRow(root, clientId),
    intended: async (step) => {
      const runs = join(dir, 'runs');
      await until(
        `the journal to say that a change of ${step} is about to be made`,
        async () => {
          const newest = (await readdir(runs).catch(() => [])).sort().at(-1);
          if (newest === undefined) return false;
          const text = await readFile(join(runs, newest, 'journal.jsonl'), 'utf8').catch(() => '');
          const records = jsonLines(text) as readonly JournalRecord[];
          return records.some(({ entry }) => entry.type === 'change.intended' && entry.step === step);
        },
        { atMostMs: 90_000, everyMs: 100 },
      );
    },
    log: () => readFile(join(home, 'log'), 'utf8'),
  };
  await world.control('start');
  return world;
}

/** Such a world that has read heartbeats of its own. */
export async function resetWorld(scene: CdcLab, clientId: string): Promise<ResetWorld> {
  const world = await cdcWorld(scene, clientId);
  const beatAfter = (than: number): Promise<number> =>
    until(
      `the stand-in of ${clientId} to read a heartbeat`,
      async () => {
        const beat = Number((await world.row())?.['last_heartbeat_read'] ?? 0);
        return beat > than ? beat : undefined;
      },
      { atMostMs: 60_000 },
    );
  // Its row may begin with a heartbeat that it adopts from another client, and that is younger than its own start.
  const first = await until(
    `a heartbeat of ${clientId}'s own`,
    async () => {
      const sql = 'SELECT heartbeat FROM maxwell.heartbeats WHERE client_id = ?';
      const [rows] = await scene.root.query<RowDataPacket[]>(sql, [clientId]);
      return rows[0] === undefined ? undefined : Number(rows[0]['heartbeat']);
    },
    { atMostMs: 60_000 },
  );
  const second = await beatAfter(first);
  // A time is proven by a heartbeat whose next one is before it, too.
  await beatAfter(second);
  return { ...world, since: new Date(second).toISOString() };
}
