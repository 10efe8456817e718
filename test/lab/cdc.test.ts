import { execa } from 'execa';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Environment } from '../../src/core/environment.ts';
import { findMaxwell } from '../../src/lab/cdc/find-maxwell.ts';
import { labCdc, labCdcTruth } from '../../src/lab/cdc/lab-cdc.ts';
import { labBreak, labHeal } from '../../src/lab/lab-break.ts';
import { labDown } from '../../src/lab/lab-down.ts';
import { labStatus } from '../../src/lab/lab-status.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { until } from '../../src/lab/until.ts';
import { buildLauncher } from '../support/build-launcher.ts';
import { realMaxwell } from '../support/real-maxwell.ts';

const say = (): void => undefined;
const kinds = (await realMaxwell()) ? (['real', 'stand-in'] as const) : (['stand-in'] as const);

let program: [string, ...string[]];
let stateDir: string;
beforeAll(async () => {
  program = await buildLauncher();
  stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-cdc-'));
});
afterAll(async () => {
  for (const { name } of await labStatus(stateDir)) await labDown({ name, stateDir, say });
  await rm(dirname(program[1] ?? ''), { recursive: true });
  await rm(stateDir, { recursive: true, force: true });
});

describe.each(kinds)('change data capture in a lab (%s)', (kind) => {
  const name = `cdc-${kind}`;
  const choice = {
    name,
    say,
    get stateDir() {
      return stateDir;
    },
  };
  let lab: Lab;
  let root: Connection;
  let settings: Exclude<Environment['cdc'], string>;

  beforeAll(async () => {
    lab = await labUp({ ...choice, program, cdc: kind, perSecond: 0 });
    const { mariadb } = lab.running;
    root = await createConnection({
      host: mariadb.host,
      port: mariadb.port,
      user: mariadb.root.user,
      password: await readFile(mariadb.root.passwordFile, 'utf8'),
    });
    root.on('error', () => undefined);
    const { environments } = await loadConfig({ env: { HOME: stateDir }, stateDir });
    const cdc = environments.get(`lab-${name}`)?.cdc;
    if (typeof cdc !== 'object') throw new Error('no settings of change data capture');
    settings = cdc;
  });
  afterAll(async () => {
    await root.end();
    await lab.end();
  });

  const control = async (verb: 'start' | 'stop' | 'status' | 'logs', ...more: readonly string[]) => {
    if (!('start' in settings.control)) throw new Error('not controlled by commands');
    const [file, ...args] = settings.control[verb].command;
    return execa(file, [...args, ...more], { reject: false });
  };
  const row = async (table: 'positions' | 'heartbeats'): Promise<Record<string, unknown> | undefined> => {
    const [rows] = await root.query<RowDataPacket[]>(`SELECT * FROM maxwell.${table}`);
    return rows[0];
  };
  const newChanges = async (): Promise<void> => {
    const before = (await labCdcTruth(choice)).delivered;
    await until('new changes', async () => (await labCdcTruth(choice)).delivered > before + 20, { atMostMs: 90_000 });
  };
  /** Waits until every change that is made now has arrived. */
  const allArrived = async (): Promise<void> => {
    const { lostChanges } = await labCdcTruth(choice);
    const waiting = new Set(lostChanges);
    await until(
      'what was made to arrive',
      async () => (await labCdcTruth(choice)).lostChanges.every((change) => !waiting.has(change)),
      { atMostMs: 90_000 },
    );
  };

  it('brings the changes of rows, and says what it is', async () => {
    await newChanges();
    await allArrived();
    expect(await labCdcTruth(choice)).toMatchObject({ deliveredTwice: 0, unexplained: 0 });
    const [status] = (await labStatus(stateDir)).filter((one) => one.name === name);
    expect(status?.cdc).toContain(kind === 'real' ? 'Maxwell 1.' : 'stand-in for Maxwell');
    expect(await readFile(lab.running.cdc?.log ?? '', 'utf8')).toContain(
      kind === 'real' ? 'Maxwell v1.' : 'this is the stand-in for Maxwell',
    );
  });

  it('is stopped, looked at and started by the commands of the configuration, and loses and doubles nothing', async () => {
    expect((await control('status')).exitCode).toBe(0);
    const stopped = await control('stop');
    expect([stopped.exitCode, stopped.stdout]).toEqual([0, expect.stringContaining('is stopped') as string]);
    expect((await control('status')).exitCode).toBe(3);
    // Its last lines may reach the log a moment after its process is gone.
    const saidLast = async () => /Sending final heartbeat: (\d+)/.exec((await control('logs')).stdout)?.[1];
    await expect.poll(saidLast).toBeDefined();
    const final = await saidLast();
    const position = await row('positions');
    // Its other thread may still write a later heartbeat than the final one, which is then never read.
    expect(position?.['last_heartbeat_read']).toBeGreaterThanOrEqual(Number(final));
    expect((await row('heartbeats'))?.['heartbeat']).toBeGreaterThanOrEqual(Number(final));
    expect((await control('stop')).exitCode).toBe(0);
    expect((await control('start')).exitCode).toBe(0);
    await newChanges();
    await allArrived();
    expect(await labCdcTruth(choice)).toMatchObject({ deliveredTwice: 0, unexplained: 0 });
    const log = (await control('logs')).stdout;
    expect((await control('logs', '1')).stdout.split('\n')).toHaveLength(1);
    const from = `${String(position?.['binlog_file'])}:${String(position?.['binlog_position'])}`;
    expect(log).toContain(`Setting initial binlog pos to: ${from}`);
    expect(log).toMatch(/Restoring schema id \d+/);
  });

  it('has an account that may write the position and, the server sees to it, nothing else', async () => {
    const connection = await createConnection({
      host: lab.running.mariadb.host,
      port: lab.running.mariadb.port,
      user: settings.mysql.user,
      password: await readFile((settings.mysql.password as { file: string }).file, 'utf8'),
    });
    try {
      await connection.query('UPDATE maxwell.positions SET gtid_set = NULL WHERE server_id = 424242');
      await connection.query('SELECT * FROM maxwell.heartbeats');
      for (const forbidden of [
        'UPDATE maxwell.heartbeats SET heartbeat = 1 WHERE server_id = 424242',
        'DELETE FROM maxwell.schemas WHERE id = 424242',
        'UPDATE tcs.Post SET status = NULL WHERE id = 0',
        'PURGE BINARY LOGS BEFORE NOW()',
      ]) {
        await expect(connection.query(forbidden)).rejects.toThrow(/denied/);
      }
    } finally {
      await connection.end();
    }
  });

  it('crashes and stays down until it is healed; nothing is lost', async () => {
    expect(await labBreak(choice, 'cdc-down')).toContain('no process');
    expect((await labCdc(choice, 'status')).exitCode).toBe(3);
    await labHeal(choice);
    await newChanges();
    await allArrived();
  });

  it('publishes into another vhost until it is healed; that is lost', async () => {
    expect(await labBreak(choice, 'cdc-wrong-vhost')).toMatch(
      /connected to vhost esr-old only, where [1-9]\d* messages/,
    );
    await labHeal(choice);
    await newChanges();
    expect((await labCdcTruth(choice)).lost).toBeGreaterThan(0);
  });

  it('has lost its position, and gets it back', async () => {
    expect(await labBreak(choice, 'position-lost')).toContain('no row');
    expect(await row('positions')).toBeUndefined();
    const before = new Set((await labCdcTruth(choice)).lostChanges);
    await until('changes while it is stopped', async () => (await labCdcTruth(choice)).lost > before.size + 5, {
      atMostMs: 60_000,
    });
    const meanwhile = (await labCdcTruth(choice)).lostChanges.filter((change) => !before.has(change));
    await labHeal(choice);
    await until(
      'what was made meanwhile',
      async () => {
        const lost = new Set((await labCdcTruth(choice)).lostChanges);
        return meanwhile.every((change) => !lost.has(change));
      },
      { atMostMs: 90_000 },
    );
    expect(await row('positions')).toBeDefined();
  });

  it('can not go on where the binlog is gone, and says so', async () => {
    expect(await labBreak(choice, 'binlog-purged')).toContain('the oldest binlog is');
    await labCdc(choice, 'start');
    await until('it to end', async () => (await labCdc(choice, 'status')).exitCode === 3, { atMostMs: 60_000 });
    // Newer Maxwells, and the stand-in, end with 2 here; 1.22 ends with 1.
    expect((await labCdc(choice, 'status')).text).toContain(`it ended with ${kind === 'real' ? 1 : 2}`);
    expect((await labCdc(choice, 'logs')).text).toMatch(/could not find|1236/i);
    await labHeal(choice);
    await newChanges();
  });
});

it('says why the stand-in is used', async () => {
  const bare = { searchPath: [], root: '', uid: 1000, env: {} };
  const found = await findMaxwell({ program, say, machine: bare });
  expect(found).toMatchObject({ kind: 'stand-in', because: 'there is no java here' });
  expect(found.label).toContain('stand-in for Maxwell');
  await expect(findMaxwell({ program, say, machine: bare, want: 'real' })).rejects.toThrow(/no java/);
});
