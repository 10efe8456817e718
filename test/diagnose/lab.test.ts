import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import type { Messages } from '../../src/core/messages.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import type { FaultName } from '../../src/lab/faults.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { until } from '../../src/lab/until.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';
import { silentServer } from '../support/silent-server.ts';

const name = 'diagnose';
/** Generous: how long the looks take on a busy machine is not what is tested here. */
const patient = ['--timeout', '20s'];
let home: string;
let stateDir: string;
let lab: Lab;
let config: { environments: Record<string, JsonObject> };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-diagnose-'));
  stateDir = join(home, 'state');
  const program = [process.execPath, programFile()] as const;
  lab = await labUp({ name, stateDir, program: [...program], say: () => undefined, cdc: 'stand-in', owned: true });
  config = parse(await readFile(lab.files.config, 'utf8')) as typeof config;
  await until('all to be well', async () => (await run(['status', ...patient])).exitCode === 0, { atMostMs: 60_000 });
  expect((await run(['vhost', 'capture', '--yes'])).exitCode).toBe(0);
});
afterAll(async () => {
  await lab.end();
  await rm(home, { recursive: true, force: true });
});

const env = () => ({ env: { HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' } });
const run = (args: readonly string[], options?: { readonly input: string }): Promise<Ended> =>
  esrOps([...args, '--state-dir', stateDir, '--env', `lab-${name}`], env(), options);

/** The lab's environment with changes, in a configuration of its own. */
async function changed(change: (environment: JsonObject) => JsonObject, args: readonly string[]): Promise<Ended> {
  const file = join(home, `config-${Math.random().toString(36).slice(2)}.yaml`);
  const [environment] = Object.values(config.environments);
  await writeFile(file, stringify({ version: 1, environments: { other: change(environment!) } }), { mode: 0o600 });
  return esrOps([...args, '--config', file, '--env', 'other', '--state-dir', join(home, 'other')], env());
}

const section = (environment: JsonObject, key: string): JsonObject => environment[key] as JsonObject;

function statusOf({ lines }: Ended): Messages['status.shown'] {
  return lines.find(({ code }) => code === 'status.shown')?.['payload'] as unknown as Messages['status.shown'];
}

async function diagnosis(...args: readonly string[]): Promise<Messages['diagnosis.shown']['diagnosis']> {
  const { lines } = await run(['diagnose', ...patient, ...args, '--output', 'json']);
  const shown = lines.find(({ code }) => code === 'diagnosis.shown')?.['payload'];
  return (shown as unknown as Messages['diagnosis.shown']).diagnosis;
}

describe('status', () => {
  it('has nothing to act on where all is well, and then says nothing to cron', async () => {
    const { exitCode, lines } = await run(['status', ...patient, '--output', 'json']);
    expect(exitCode).toBe(0);
    const { looks } = statusOf({ lines } as Ended);
    expect(looks.map(({ place, state }) => [place, state])).toEqual([
      ['mysql', 'ok'],
      ['maxwell', 'ok'],
      ['broker', 'ok'],
      ['exchange', 'ok'],
      ['vhost', 'ok'],
      ['queues', 'ok'],
      ['esr', 'not-configured'],
      ['etl', 'not-configured'],
      ['s3', 'not-configured'],
      ['esr-ops', 'ok'],
    ]);
    const quiet = await run(['status', '--quiet', ...patient]);
    expect([quiet.exitCode, quiet.stdout, quiet.stderr]).toEqual([0, '', '']);
  });
  it('looks at one part only when asked to, and knows no other', async () => {
    const { lines } = await run(['status', '--only', 'vhost', ...patient, '--output', 'json']);
    expect(statusOf({ lines } as Ended).looks.map(({ place }) => place)).toEqual(['vhost']);
    const wrong = await run(['status', '--only', 'vhosts']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('"vhosts"') as string]);
    expect((await run(['status', '--timeout', 'soon'])).exitCode).toBe(2);
  });

  it('sees all others when one hangs or is dead', async () => {
    const silent = await silentServer();
    const mysql = (port: number) => (all: JsonObject) => ({ ...all, mysql: { ...section(all, 'mysql'), port } });
    const rabbit = (key: 'management' | 'amqp', port: number) => (all: JsonObject) => ({
      ...all,
      rabbitmq: {
        ...section(all, 'rabbitmq'),
        [key]: `${key === 'amqp' ? 'amqp' : 'http'}://127.0.0.1:${port}`,
      },
    });
    const cases = [
      [mysql(silent.port), 'mysql.unreachable', ['broker', 'vhost', 'queues']],
      [rabbit('management', silent.port), 'broker.management-unreachable', ['mysql']],
      [rabbit('amqp', silent.port), 'broker.amqp-unreachable', ['mysql', 'exchange', 'vhost']],
      [(all: JsonObject) => rabbit('amqp', 1)(rabbit('management', 1)(all)), 'broker.down', ['mysql']],
    ] as const;
    try {
      const ended = await Promise.all(
        cases.map(([change]) => changed(change, ['status', '--timeout', '8s', '--output', 'json'])),
      );
      for (const [index, [, code, others]] of cases.entries()) {
        const { looks, roots } = statusOf(ended[index]!);
        expect([ended[index]?.exitCode, roots[0]?.cause]).toEqual([11, code]);
        const seen = looks.filter(({ state }) => state === 'ok' || state === 'advice').map(({ place }) => place);
        expect(seen).toEqual(expect.arrayContaining([...others]));
      }
    } finally {
      await silent.close();
    }
  });
  it('says of what is not configured that it is not', async () => {
    const ended = await changed(({ capture }) => ({ capture: capture!, cdc: 'none' }), ['status']);
    expect([ended.exitCode, ended.stdout]).toEqual([
      0,
      expect.stringMatching(/- vhost +not configured, vhost/) as string,
    ]);
  });
  it('asks each component by its own words, and tells up from started', async () => {
    const script = (code: number, lines: readonly string[]): JsonObject => ({
      start: ['true'],
      stop: ['true'],
      status: ['sh', '-c', `exit ${code}`],
      logs: ['printf', '%s\n', ...lines],
    });
    const component = (control: JsonObject): JsonObject => ({
      is: 'Does its work.',
      owner: 'the team',
      control,
      log: { started: ['Started Application'], failed: ['Application startup failed'] },
    });
    const ended = await changed(
      (all) => ({
        ...all,
        components: {
          esr: component(script(0, ['Started Application in 3 s', 'Application startup failed'])),
          audit: component(script(3, [])),
          exporter: component(script(0, ['Application startup failed', 'Started Application in 3 s'])),
        },
      }),
      ['status', ...patient, '--output', 'json'],
    );
    const { looks } = statusOf(ended);
    const codes = Object.fromEntries(
      looks.filter(({ place }) => place === 'esr').map(({ subject, findings }) => [subject, findings[0]?.code]),
    );
    expect(codes).toEqual({ esr: 'esr.startup-failed', audit: 'esr.stopped', exporter: undefined });
  });
});

describe('diagnose', () => {
  it('answers the cut-off alert of the incident with what is missing', async () => {
    const { symptom, roots } = await diagnosis(
      '--symptom',
      'Channel shutdown: channel error; protocol method: #method<channel.close>(reply-code=406, reply-te...',
    );
    expect(roots).toEqual([]);
    expect(symptom).toMatchObject({ looksCut: true, matches: [{ id: 'amqp-406', count: 1 }] });
    expect(symptom?.matches[0]?.cutOff?.missing).toMatch(/reply text/);
    expect(symptom?.matches[0]?.meanings).toHaveLength(3);
  });
  it('reads a log from a file and from standard input, and shows what is hidden in it', async () => {
    const log = `${'x'.repeat(200_000)}\nall well\nApplication startup failed \u001b[2J\u202e....\n`;
    await writeFile(join(home, 'service.log'), log);
    const piped = await run(['diagnose', '-', ...patient], { input: log });
    expect([piped.exitCode, piped.stdout]).toEqual([0, expect.stringContaining('\\u{1b}[2J\\u{202e}') as string]);
    const { symptom } = await diagnosis('--log', join(home, 'service.log'));
    expect(symptom).toMatchObject({ lines: 3, matches: [{ id: 'startup-failed', first: { line: 3 } }] });
    expect((await run(['diagnose', '--log', join(home, 'none.log')])).exitCode).toBe(2);
    expect((await run(['diagnose', '-', '--symptom', 'x'])).exitCode).toBe(2);
  });

  // Each fault is added to those before it.
  it.each<[FaultName, readonly string[]]>([
    ['permission-lost', ['vhost.permission-lost']],
    ['cdc-down', ['vhost.permission-lost', 'maxwell.stopped']],
    ['position-lost', ['vhost.permission-lost', 'maxwell.position-lost']],
    ['vhost-down', ['vhost.down', 'vhost.permission-lost', 'maxwell.position-lost']],
  ])('%s: names the causes, what they bring about, and one next command each', async (fault, causes) => {
    await labBreak({ name, stateDir, say: () => undefined }, fault);
    const { roots, implications } = await diagnosis();
    expect(roots.map(({ cause }) => cause.code)).toEqual(causes);
    expect(roots.flatMap(({ brings }) => brings).every(({ causedBy }) => causedBy.length > 0)).toBe(true);
    expect(roots.every(({ cause }) => cause.next.command.startsWith('esr-ops recover '))).toBe(true);
    expect(roots.every(({ cause }) => cause.evidence.length > 0)).toBe(true);
    expect(implications.length).toBeGreaterThan(0);
  });
  it('ends with 11, and its text has the command to type', async () => {
    const { exitCode, stdout } = await run(['diagnose', ...patient]);
    expect([exitCode, stdout]).toEqual([
      11,
      expect.stringMatching(/The vhost esr is down[^]*next:\n +esr-ops recover vhost --env lab-diagnose/) as string,
    ]);
  });
});
