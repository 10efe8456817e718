import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { askBroker, type BrokerAccess } from '../../src/lab/broker-http.ts';
import { labBreak, labHeal } from '../../src/lab/lab-break.ts';
import { labControl, labTruth } from '../../src/lab/lab-control.ts';
import { labDown } from '../../src/lab/lab-down.ts';
import { labFiles, readDescriptor } from '../../src/lab/lab-files.ts';
import { processesOfLab } from '../../src/lab/lab-processes.ts';
import { labStatus } from '../../src/lab/lab-status.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { readRecords } from '../../src/lab/load-record.ts';
import { until } from '../../src/lab/until.ts';
import { buildLauncher } from '../support/build-launcher.ts';

let program: [string, ...string[]];
let stateDir: string;
const said: string[] = [];
const say = (line: string): void => {
  said.push(line);
};

beforeAll(async () => {
  program = await buildLauncher();
  stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-state-'));
});
afterAll(async () => {
  for (const { name } of await labStatus(stateDir)) await labDown({ name, stateDir, say });
  await rm(dirname(program[1] ?? ''), { recursive: true });
  await rm(stateDir, { recursive: true, force: true });
});
afterEach(() => {
  said.length = 0;
});

const accessTo = async ({ running }: Lab): Promise<BrokerAccess> => ({
  managementUrl: running.rabbitmq.managementUrl,
  user: running.rabbitmq.user,
  password: await readFile(running.rabbitmq.passwordFile, 'utf8'),
});

interface Left {
  readonly labId: string;
  readonly privateFolder: string;
}
const whatItHas = async (name: string): Promise<Left> => {
  const descriptor = await readDescriptor(labFiles(stateDir, name));
  if (descriptor === undefined) throw new Error(`no lab ${name}`);
  return descriptor;
};
const expectNothingLeft = (name: string, { labId, privateFolder }: Left): void => {
  expect(processesOfLab(labId)).toEqual([]);
  expect(existsSync(privateFolder)).toBe(false);
  expect(existsSync(labFiles(stateDir, name).folder)).toBe(false);
};

describe('a lab', () => {
  let lab: Lab;
  let access: BrokerAccess;
  const choice = {
    name: 'one',
    get stateDir() {
      return stateDir;
    },
    say,
  };
  const api = async (path: string): Promise<unknown> => (await askBroker(access, 'GET', path)).body;

  it('is up with its topology and load, readable for its owner only', async () => {
    lab = await labUp({ name: 'one', stateDir, program, say });
    access = await accessTo(lab);

    const definitions = (await api('/api/definitions/esr')) as Record<string, unknown[]>;
    expect(definitions['queues']).toHaveLength(14);
    expect(definitions['exchanges']).toHaveLength(6);
    expect(definitions['bindings']).toHaveLength(16);
    expect(definitions['policies']).toHaveLength(2);
    expect(await api('/api/consumers/esr')).toHaveLength(3);
    expect(await api('/api/users/guest')).toMatchObject({ error: 'Object Not Found' });

    const config = await loadConfig({ env: { HOME: stateDir }, stateDir });
    expect([...config.brokenLabs]).toEqual([]);
    expect(config.environments.get('lab-one')).toMatchObject({
      cdc: 'none',
      rabbitmq: { management: access.managementUrl, vhost: 'esr', expected: { consumers: 3 } },
      mysql: { port: lab.running.mariadb.port },
    });
    for (const entry of await readdir(lab.files.folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect([entry.name, mode & 0o077]).toEqual([entry.name, 0]);
    }
    expect(await labStatus(stateDir)).toMatchObject([{ name: 'one', state: 'up', vhost: 'running' }]);
    await expect(labUp({ name: 'one', stateDir, program, say })).rejects.toMatchObject({ exit: 'blocked' });
  });

  it('keeps its secrets out of every argv', async () => {
    const { labId } = await whatItHas('one');
    const secrets = await Promise.all(
      (await readdir(lab.files.secrets)).map((name) => readFile(join(lab.files.secrets, name), 'utf8')),
    );
    expect(secrets.length).toBeGreaterThan(8);
    for (const { pid } of processesOfLab(labId)) {
      const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      for (const secret of secrets) expect(argv).not.toContain(secret);
    }
  });

  it('stands still when its load is frozen, connections kept', async () => {
    await labControl(choice, 'freeze');
    const records = async (): Promise<number> =>
      (await readRecords(lab.files.publisherRecord)).length + (await readRecords(lab.files.consumerRecord)).length;
    const still = await records();
    await sleep(1_000);
    expect(await records()).toBe(still);
    expect(await api('/api/consumers/esr')).toHaveLength(3);
    await labControl(choice, 'thaw');
    await until('traffic', async () => (await records()) > still + 20, { atMostMs: 60_000 });
  });

  it('loses a permission, and gets it back', async () => {
    await labBreak(choice, 'permission-lost');
    await until(
      'the publisher to be refused',
      async () => (await readRecords(lab.files.publisherRecord)).some(({ event }) => event === 'refused'),
      { atMostMs: 60_000 },
    );
    await labHeal(choice);
    expect(await api('/api/permissions/esr/esr-inbound')).toMatchObject({ user: 'esr-inbound' });
  });

  it('has a vhost that is down, and heals', async () => {
    expect(await labBreak(choice, 'vhost-down')).toContain('stopped');
    expect(await labStatus(stateDir)).toMatchObject([{ vhost: 'stopped' }]);
    expect(((await api('/api/definitions/esr')) as Record<string, unknown[]>)['exchanges']).toHaveLength(6);
    await labHeal(choice);
    await until('the load to be back', async () => ((await api('/api/consumers/esr')) as unknown[]).length === 3, {
      atMostMs: 60_000,
    });
  });

  it('has a vhost whose export is poorer after a reboot, and heals', async () => {
    expect(await labBreak(choice, 'vhost-down-rebooted')).toContain('14 queues, 0 exchanges, 0 bindings');
    await labHeal(choice);
    const definitions = (await api('/api/definitions/esr')) as Record<string, unknown[]>;
    expect(definitions['exchanges']).toHaveLength(6);
    expect(definitions['bindings']).toHaveLength(16);
  });

  it('has a vhost that is absent, and heals', async () => {
    expect(await labBreak(choice, 'vhost-absent')).toContain('404');
    await labHeal(choice);
    await until('the load to be back', async () => ((await api('/api/consumers/esr')) as unknown[]).length === 3, {
      atMostMs: 60_000,
    });
  });

  it('is rebooted by the command in its configuration', async () => {
    const { environments } = await loadConfig({ env: { HOME: stateDir }, stateDir });
    const [file = '', ...args] = environments.get('lab-one')?.rabbitmq?.reboot?.command ?? [];
    const osPid = async (): Promise<unknown> => ((await api('/api/nodes')) as { os_pid: string }[])[0]?.os_pid;
    const before = await osPid();
    await execa(file, args);
    expect(await osPid()).not.toBe(before);
    await until('the load to be back', async () => ((await api('/api/consumers/esr')) as unknown[]).length === 3, {
      atMostMs: 60_000,
    });
  });

  it('tells what became of the messages', async () => {
    const seen = async (): Promise<number> => (await readRecords(lab.files.consumerRecord)).length;
    const before = await seen();
    await until('deliveries after the last fault', async () => (await seen()) > before + 10, { atMostMs: 60_000 });
    const truth = await labTruth(choice);
    expect(truth.refused).toBeGreaterThan(0);
    expect(truth.lost).toBeGreaterThan(0);
    expect(truth.inQueues).toBeGreaterThan(0);
    // A message may reach its consumer although its confirm was lost with a connection: never the other way round.
    const accounted = truth.returned + truth.delivered + truth.inQueues + truth.lost;
    expect(accounted).toBeGreaterThanOrEqual(truth.confirmed);
    expect(accounted).toBeLessThanOrEqual(truth.published);
    expect(truth.lostIds).toHaveLength(truth.lost);
  });

  it('leaves nothing when it is taken down', async () => {
    const left = await whatItHas('one');
    expect(processesOfLab(left.labId).length).toBeGreaterThan(4);
    await labDown(choice);
    expectNothingLeft('one', left);
    expect(await labStatus(stateDir)).toEqual([]);
    expect(await labDown(choice)).toEqual({ existed: false });
  });
});

describe('labs that meet with accidents', () => {
  it('two side by side do not collide, and a killed supervisor takes its servers with it', async () => {
    const [two, three] = await Promise.all(
      ['two', 'three'].map((name) => labUp({ name, stateDir, program, say, perSecond: 0 })),
    );
    if (two === undefined || three === undefined) throw new Error('two labs');
    expect(two.running.rabbitmq.managementUrl).not.toBe(three.running.rabbitmq.managementUrl);
    const left = await whatItHas('two');

    process.kill(two.running.supervisorPid, 'SIGKILL');
    await until('its servers to die', () => processesOfLab(left.labId).length === 0, { atMostMs: 60_000 });
    expect(await labStatus(stateDir)).toMatchObject([
      { name: 'three', state: 'up' },
      { name: 'two', state: 'dead' },
    ]);
    expect((await askBroker(await accessTo(three), 'GET', '/api/vhosts/esr')).status).toBe(200);

    await labDown({ name: 'two', stateDir, say });
    expectNothingLeft('two', left);
    await three.end();
  });

  it('an owned lab ends when its owner is killed', async () => {
    const [file, ...args] = program;
    const owner = execa(file, [...args, 'own', 'four'], { env: { LAB_STATE_DIR: stateDir }, reject: false });
    await until('the owner to have its lab', () => existsSync(labFiles(stateDir, 'four').config), { atMostMs: 60_000 });
    const left = await whatItHas('four');
    owner.kill('SIGKILL');
    await until('nothing to be left', () => processesOfLab(left.labId).length === 0, { atMostMs: 60_000 });
    expectNothingLeft('four', left);
  });

  it('a lab whose starter is killed half-way ends too', async () => {
    const [file, ...args] = program;
    const owner = execa(file, [...args, 'own', 'five'], { env: { LAB_STATE_DIR: stateDir }, reject: false });
    await until('the first server', () => existsSync(labFiles(stateDir, 'five').descriptor), { atMostMs: 60_000 });
    const left = await whatItHas('five');
    await until('a server', () => processesOfLab(left.labId).length > 2, { atMostMs: 60_000 });
    owner.kill('SIGKILL');
    await until('nothing to be left', () => processesOfLab(left.labId).length === 0, { atMostMs: 60_000 });
    expectNothingLeft('five', left);
  });
});
