import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import type { Messages } from '../../src/core/messages.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { until } from '../../src/lab/until.ts';
import { createPositionWriter } from '../../src/services/maxwell/position-writer.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';

const name = 'commands';
let home: string;
let stateDir: string;
let lab: Lab;
let config: { environments: Record<string, JsonObject> };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-maxwell-'));
  stateDir = join(home, 'state');
  lab = await labUp({
    name,
    stateDir,
    program: [process.execPath, programFile()],
    say: () => undefined,
    cdc: 'stand-in',
    perSecond: 0,
    owned: true,
  });
  config = parse(await readFile(lab.files.config, 'utf8')) as typeof config;
  const proven = async (): Promise<boolean> =>
    (await json<'maxwell.located'>('locate', '--at', '8s ago'))?.located.proven === true;
  await until('heartbeats of more than 8 s ago', proven, { atMostMs: 90_000, everyMs: 1_000 });
});
afterAll(async () => {
  await lab.end();
  await rm(home, { recursive: true, force: true });
});

const run = (args: readonly string[]): Promise<Ended> =>
  esrOps([...args, '--state-dir', stateDir, '--env', `lab-${name}`], {
    env: { HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
const maxwell = (...args: readonly string[]): Promise<Ended> => run(['maxwell', ...args]);

/** Payload of the one result, or null when there was none. */
async function json<C extends keyof Messages>(...args: readonly string[]): Promise<Messages[C] | null> {
  const { lines } = await maxwell(...args, '--output', 'json');
  const found = lines.find((line) => typeof line['code'] === 'string' && line['code'].startsWith('maxwell.'));
  return found === undefined ? null : (found['payload'] as unknown as Messages[C]);
}

/** The lab's environment with changes, in a configuration of its own. */
async function changed(change: (environment: JsonObject) => JsonObject, args: readonly string[]): Promise<Ended> {
  const file = join(home, `config-${Math.random().toString(36).slice(2)}.yaml`);
  const [environment] = Object.values(config.environments);
  await writeFile(file, stringify({ version: 1, environments: { other: change(environment!) } }), { mode: 0o600 });
  return esrOps([...args, '--config', file, '--env', 'other'], {
    env: { HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
}
const without = (key: string) => (environment: JsonObject) =>
  Object.fromEntries(Object.entries(environment).filter(([other]) => other !== key));

describe('maxwell locate', () => {
  it('proves a position for a time, and prints all of it as JSON', async () => {
    const { exitCode, stdout, stderr } = await maxwell('locate', '--at', '3s ago');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Position for .*Z \(.* Europe\/London\): mysql-bin\.\d+:\d+\n✓ proven/);
    const payload = await json<'maxwell.located'>('locate', '--at', '3s ago');
    expect(payload?.located).toMatchObject({ proven: true, basis: 'heartbeat', heartbeatFrom: 'binlog' });
    expect(payload?.located.schema.chosen).not.toBeNull();
  });
  it.each([
    [['locate'], 2, /--at is missing/],
    [['locate', '--at', '06:25'], 2, /does not say in which time zone[^]*where: --at/],
    [['locate', '--at', '2026-03-29T01:30 Europe/London'], 2, /never was/],
    [['locate', '--at', '2019-01-01T00:00:00Z'], 4, /purged/],
    [['locate', '--at', '2099-01-01T00:00:00Z'], 4, /in the future/],
    [['preview'], 2, /--from is missing/],
    [['preview', '--from', 'mysql-bin.000001:3'], 2, /no binlog position[^]*where: --from/],
    [['preview', '--from', '3m ago', '--until', '4m ago'], 2, /lies before/],
    [['preview', '--from', '3s ago', '--until', 'soon'], 2, /where: --until/],
  ])('%j ends with %i', async (args, exitCode, said) => {
    const ended = await maxwell(...args);
    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, '']);
    expect(ended.stderr).toMatch(said);
  });
});

describe('maxwell preview', () => {
  it('counts from a time, and the same from the position that the time is', async () => {
    const from = new Date(Date.now() - 5_000).toISOString();
    const byTime = await json<'maxwell.previewed'>('preview', '--from', from);
    const { preview } = byTime!;
    expect(byTime?.located).toMatchObject({ proven: true, ...preview.from });
    expect(preview.rows).toBeGreaterThan(0);
    const sent = preview.tables.filter((table) => table.sent);
    expect(sent.reduce((sum, table) => sum + table.insert + table.update + table.delete, 0)).toBe(preview.rows);
    expect(preview.overTime.reduce((sum, { rows }) => sum + rows, 0)).toBe(preview.rows);
    const byPosition = await json<'maxwell.previewed'>(
      'preview',
      '--from',
      `${preview.from.file}:${preview.from.offset}`,
    );
    expect(byPosition?.located).toMatchObject({ file: preview.from.file, offset: preview.from.offset });
    expect(byPosition?.preview.rows).toBeGreaterThanOrEqual(preview.rows);
    const { exitCode, stdout } = await maxwell('preview', '--from', from);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/would send \d+ rows[^]*May come twice: 0 to [^]*tcs\.Placement +\d+ +\d+ +\d+\n[^]*█/);
  });
  it("counts what Maxwell's own filter lets through", async () => {
    const payload = await json<'maxwell.previewed'>('preview', '--from', '5s ago');
    const own = /^filter *= *(.*)$/m.exec(await readFile(lab.running.cdc?.properties ?? '', 'utf8'))?.[1] ?? '';
    expect(payload?.preview.filter).toEqual({ expression: own, applied: true, why: null });
  });
  it('counts all rows and says so where its configuration can not be read', async () => {
    const cdc = (environment: JsonObject) => environment['cdc'] as JsonObject;
    const gone = (environment: JsonObject): JsonObject => ({
      ...environment,
      cdc: { ...cdc(environment), config: { kind: 'properties', file: join(home, 'none.properties') } },
    });
    const { exitCode, stdout } = await changed(gone, ['maxwell', 'preview', '--from', '5s ago']);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/filter could not be read.*all rows are counted/);
  });
});

describe('what the configuration lacks', () => {
  it('is said, with what to write', async () => {
    const manual = (environment: JsonObject) => ({ ...environment, cdc: 'manual' });
    for (const args of [['locate', '--at', '3s ago'], ['preview', '--from', '3s ago'], ['status']]) {
      const { exitCode, stderr } = await changed(manual, ['maxwell', ...args]);
      expect([exitCode, stderr.replace(/\s+/g, ' ')]).toEqual([
        2,
        expect.stringMatching(/cdc: says manual.*environments\.other\.cdc.*write cdc: with clientId/) as string,
      ]);
    }
  });
  it('is the database, too', async () => {
    const { exitCode, stderr } = await changed(without('mysql'), ['maxwell', 'status']);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/mysql/) as string]);
  });
  it('is no broker for what needs none', async () => {
    expect((await changed(without('rabbitmq'), ['maxwell', 'locate', '--at', '3s ago'])).exitCode).toBe(0);
    expect((await changed(without('rabbitmq'), ['maxwell', 'preview', '--from', '3s ago'])).exitCode).toBe(0);
  });
});

/** What would change data, the log or the server; a session set read-only would let some of it through. */
const writes = [
  'INSERT INTO maxwell.positions (server_id) VALUES (424243)',
  'UPDATE maxwell.positions SET binlog_position = 4',
  'DELETE FROM maxwell.positions',
  'TRUNCATE TABLE maxwell.positions',
  'DROP TABLE maxwell.positions',
  'ALTER TABLE maxwell.positions ADD x int',
  'CREATE TABLE maxwell.x (y int)',
  'CREATE DATABASE x',
  "PURGE BINARY LOGS BEFORE '2020-01-01'",
  'RESET MASTER',
  'FLUSH BINARY LOGS',
  'SET GLOBAL read_only = 1',
  "CREATE USER x IDENTIFIED BY 'y'",
  'SHUTDOWN',
];

describe('the grants of the README', () => {
  it('are enough for both accounts, and no more than the position can be written', async () => {
    const { mariadb, cdc } = lab.running;
    const address = { host: mariadb.host, port: mariadb.port };
    const root = await createConnection({
      ...address,
      user: mariadb.root.user,
      password: await readFile(mariadb.root.passwordFile, 'utf8'),
    });
    const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
    const grants = [...readme.matchAll(/^GRANT .* TO esr_ops_(read|position);$/gm)].map(([grant]) => grant);
    expect(grants).toHaveLength(3);
    const password = { file: join(home, 'readme-password') };
    await writeFile(password.file, 'of the readme', { mode: 0o600 });
    try {
      for (const kind of ['read', 'position'])
        await root.query(`CREATE USER readme_${kind} IDENTIFIED BY 'of the readme'`);
      for (const grant of grants) await root.query(grant.replace('esr_ops_', 'readme_'));
    } finally {
      await root.end();
    }
    const reading = (environment: JsonObject): JsonObject => ({
      ...environment,
      mysql: { ...(environment['mysql'] as JsonObject), user: 'readme_read', password },
    });
    for (const args of [['locate', '--at', '3s ago'], ['preview', '--from', '3s ago'], ['status']])
      expect((await changed(reading, ['maxwell', ...args])).stderr).toBe('');
    const both = (environment: JsonObject): JsonObject => ({
      ...reading(environment),
      cdc: { ...(environment['cdc'] as JsonObject), mysql: { user: 'readme_position', password } },
    });
    const dry = await changed(both, ['maxwell', 'reset', '--to', '3s ago', '--dry-run']);
    expect(dry.exitCode, dry.stderr).toBe(0);
    const reader = await createConnection({ ...address, user: 'readme_read', password: 'of the readme' });
    try {
      for (const sql of writes) await expect(reader.query(sql), sql).rejects.toThrow(/denied/);
    } finally {
      await reader.end();
    }

    const settings = { ...address, user: 'readme_position', password, tls: null, timeoutMs: 10_000 };
    const writer = createPositionWriter(
      () => Promise.resolve({ settings, password: 'of the readme' }),
      cdc?.schemaDatabase ?? '',
    );
    const to = { file: 'mysql-bin.000001', offset: 4, gtidSet: null, heartbeat: 1 };
    const owner = { serverId: 424_242, clientId: 'readme' };
    expect(await writer.compareAndSet(null, to, owner)).toBe(true);
    const was = { ...owner, position: { file: to.file, offset: 4 }, gtidSet: null, lastHeartbeatRead: 1 };
    expect(await writer.compareAndSet(was, { ...to, offset: 5 }, owner)).toBe(true);
    expect(await writer.compareAndSet(was, { ...to, offset: 6 }, owner)).toBe(false);
    const position = await createConnection({ ...address, user: 'readme_position', password: 'of the readme' });
    try {
      await expect(position.query('DELETE FROM maxwell.positions WHERE server_id = 424242')).rejects.toThrow(/denied/);
      await expect(position.query('UPDATE maxwell.heartbeats SET heartbeat = 1')).rejects.toThrow(/denied/);
    } finally {
      await position.end();
    }
  });
});

describe('the help', () => {
  it.each(['locate', 'preview', 'status'])('of maxwell %s has examples that work', async (command) => {
    const { exitCode, stdout } = await esrOps(['maxwell', command, '--help'], { env: { HOME: home } });
    expect(exitCode).toBe(0);
    const { file, offset } = (await json<'maxwell.located'>('locate', '--at', '5s ago'))!.located;
    const examples = [...stdout.matchAll(/^ {2}\$ esr-ops (.*)$/gm)].map(([, line = '']) => line);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      // The times and the position of the examples are not of this log.
      const fitting = words.map((word) => {
        if (word.startsWith('mysql-bin.')) return `${file}:${offset}`;
        return /^\d{4}-|ago$/.test(word) ? '3s ago' : word;
      });
      expect({ example, exitCode: (await run(fitting)).exitCode }).toEqual({ example, exitCode: 0 });
    }
  });
});

describe('maxwell status', () => {
  it('finds nothing wrong where all is well', async () => {
    const { exitCode, stdout } = await maxwell('status');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Nothing is wrong') as string]);
    const payload = await json<'maxwell.shown'>('status');
    expect(payload).toMatchObject({
      findings: [],
      overview: {
        vhost: 'esr',
        process: { is: 'running' },
        status: { looks: 'alive', positionReadable: true },
        target: { vhost: 'esr', exchange: 'maxwell' },
        connections: [{ vhost: 'esr', user: 'cdc' }],
        problems: [],
      },
    });
    expect(payload?.overview.log?.length).toBeGreaterThan(3);
    expect(payload?.overview.log?.length).toBeLessThanOrEqual(10);
  });
  it('shows the rest when the broker can not be reached, and the rest when the database can not', async () => {
    const noBroker = await changed(
      (environment) => ({
        ...environment,
        rabbitmq: { ...(environment['rabbitmq'] as JsonObject), management: 'http://127.0.0.1:1' },
      }),
      ['maxwell', 'status'],
    );
    expect(noBroker.exitCode).toBe(11);
    expect(noBroker.stdout).toMatch(/process +running[^]*connected +not known[^]*Could not be seen/);
    const noDatabase = await changed(
      (environment) => ({ ...environment, mysql: { ...(environment['mysql'] as JsonObject), port: 1 } }),
      ['maxwell', 'status'],
    );
    expect(noDatabase.exitCode).toBe(9);
    expect(noDatabase.stdout).toMatch(/process +running[^]*database +not known[^]*connected +to vhost esr/);
  });
});

describe("the lab's own control of CDC", () => {
  it('gives as many lines of the log as are asked for', async () => {
    expect((await run(['lab', 'cdc', 'logs', '2', '--name', name])).stdout.split('\n')).toHaveLength(2);
    const bad = await run(['lab', 'cdc', 'logs', 'many', '--name', name]);
    expect([bad.exitCode, bad.stderr]).toEqual([2, expect.stringContaining('whole number') as string]);
  });
  it('lets a restart prove by the log where Maxwell started', async () => {
    const { exitCode, stdout, stderr } = await run(['cdc', 'restart', '--yes']);
    expect([exitCode, stdout + stderr]).toEqual([
      0,
      expect.stringMatching(/its log: Maxwell \S+ started at mysql-bin\.\d+:\d+/) as string,
    ]);
  });
  it('answers 3 when it is stopped; and maxwell status has findings', async () => {
    const [file, ...args] = controlOf('stop');
    expect((await execa(file, args, { reject: false })).exitCode).toBe(0);
    const [look, ...words] = controlOf('status');
    expect((await execa(look, words, { reject: false })).exitCode).toBe(3);
    const { exitCode, stdout } = await maxwell('status');
    expect([exitCode, stdout]).toEqual([11, expect.stringMatching(/✗ Its process is stopped/) as string]);
    expect(stdout).toContain('has no connection to vhost esr');
  });
});

function controlOf(verb: 'stop' | 'status'): [string, ...string[]] {
  const [environment] = Object.values(config.environments);
  const { control } = environment!['cdc'] as unknown as { control: Record<string, { command: [string, ...string[]] }> };
  return control[verb]!.command;
}
