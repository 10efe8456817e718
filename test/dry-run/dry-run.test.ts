import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Amqp from 'amqplib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { labBreak, labHeal } from '../../src/lab/lab-break.ts';
import { labControl } from '../../src/lab/lab-control.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';
import { recordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';
import { tracedProgram, type TracedProgram } from '../support/traced-program.ts';
import { settledView, type OutsideView } from './outside-view.ts';
import { recordAmqp, type AmqpRecorder } from './record-amqp.ts';

const amqp = createRequire(import.meta.url)('amqplib') as typeof Amqp;

const choice = { name: 'dry', stateDir: '', say: (): void => undefined };
let home: string;
let lab: Lab;
let http: RecordingProxy;
let broker: AmqpRecorder;
let program: TracedProgram;
let env: Readonly<Record<string, string>>;
let runs = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-dry-'));
  choice.stateDir = join(home, 'lab-state');
  [lab, program] = await Promise.all([
    labUp({ ...choice, program: [process.execPath, programFile()], perSecond: 40 }),
    tracedProgram(),
  ]);
  const { rabbitmq } = lab.running;
  http = await recordingProxy(rabbitmq.managementUrl);
  broker = await recordAmqp(rabbitmq.amqp);
  const config = parse(await readFile(lab.files.config, 'utf8')) as {
    environments: { lab: { rabbitmq: Record<string, unknown> } };
  };
  Object.assign(config.environments.lab.rabbitmq, {
    management: http.url,
    amqp: `amqp://127.0.0.1:${broker.port}`,
  });
  await writeFile(join(home, 'config.yaml'), stringify(config), { mode: 0o600 });
  await mkdir(join(home, 'home'));
  env = {
    XDG_STATE_HOME: join(home, 'state'),
    ESR_OPS_CONFIG: join(home, 'config.yaml'),
    HOME: join(home, 'home'),
    NO_COLOR: '1',
  };
});
afterAll(async () => {
  await Promise.all([http.close(), broker.close(), lab.end(), program.remove()]);
  await rm(home, { recursive: true, force: true });
});

/** Runs the program through the recorders, and notes what it loads. */
async function run(...args: readonly string[]): Promise<Ended & { imports: readonly string[] }> {
  const log = join(home, `imports-${runs++}.log`);
  await writeFile(log, '');
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [...program.nodeArgs, program.file, ...args, '--env', 'lab'],
    { env: { ...env, ESR_OPS_IMPORT_LOG: log }, stdin: 'ignore', reject: false, timeout: 120_000 },
  );
  return { exitCode: exitCode ?? -1, stdout, stderr, lines: [], imports: await program.imports(log) };
}

/** Every command that a runbook declares, with the ways to run it that decide most differently. */
/** A drain to restore from, made before anything is compared. */
let drain = '';

/** What a command can't be run without. */
function needed(): Readonly<Record<string, readonly string[]>> {
  return {
    'dlq park': ['esr.dlq'],
    'dlq requeue': ['esr.dlq'],
    'vhost restore': [drain],
    'maxwell reset': ['--to', '10m ago'],
    'cdc repoint': ['--vhost', 'esr'],
    'esr restart': ['esr'],
    'etl run': ['--load-type', 'notifications-daily-load', '--date', '2026-03-22'],
    'reconcile sign-off': ['--date', '2026-03-22', '--by', 'a person', '--reason', 'practice'],
  };
}

/**
 * What this lab does not have, so that nothing but the tool could write in it: such commands stop at the configuration,
 * or look at what is no broker. Their own tests watch the engine, the hosts and the database that they work on.
 */
const elsewhere = /^(cdc|maxwell|docker|esr|etl|reconcile|recover (cdc|etl))( |$)/;
const notConfigured = /does not say|has no (components|load types?)/;

async function everyCommand(): Promise<readonly (readonly string[])[]> {
  const { lines } = await esrOps(['runbook', 'list', '--output', 'json'], { env });
  const listed = lines.find((line) => line['code'] === 'runbooks.listed')?.['payload'] as JsonObject;
  const commands = (listed['runbooks'] as readonly { readonly command: string }[]).map(({ command }) =>
    command.split(' '),
  );
  expect(commands.length).toBeGreaterThanOrEqual(7);
  return [
    ...commands.map((words) => [...words, ...(needed()[words.join(' ')] ?? []), '--dry-run']),
    ['recover', 'vhost', '-n', '--force-recreate', '--reboot'],
    ['recover', 'vhost', '-n', '--yes', '--confirm', 'recreate:esr', '--reason', 'practice', '--output', 'json'],
    ['recover', 'vhost', '-n', '--detailed-exitcode', '--out', join(home, `plan-${runs}.json`)],
  ];
}

/** Coming and going, opening and closing a channel, and asking how many messages and consumers a queue has. */
const onlyReads = /^(10\.\d+|20\.(10|40|41)|50\.10 passive)$/;

const changing = (imports: readonly string[]): readonly string[] =>
  imports.filter((path) => path.startsWith('src/apply/') || /writer\.ts$/.test(path));

/** `all`: also what does not look at the vhost, which its state makes no difference to. */
async function expectNothingChanged(all: boolean): Promise<OutsideView> {
  const watched = [env['XDG_STATE_HOME'] ?? '', env['HOME'] ?? ''];
  await labControl(choice, 'freeze');
  const before = await settledView(lab.running, watched);
  expect(before.files.length).toBeGreaterThan(8);
  for (const args of await everyCommand()) {
    const name = args.join(' ');
    if (!all && elsewhere.test(name)) continue;
    const askedBefore = http.requests.length;
    broker.take();
    const ended = await run(...args);
    const missing = elsewhere.test(name) && notConfigured.test(ended.stderr.replaceAll(/\s+/g, ' '));
    expect(missing ? [2, 4] : [0, 4, 10], `${name}\n${ended.stdout}${ended.stderr}`).toContain(ended.exitCode);
    const asked = http.requests.slice(askedBefore).map(({ method, path }) => `${method} ${path}`);
    if (!elsewhere.test(name)) expect(asked.length, name).toBeGreaterThan(0);
    expect(
      asked.filter((line) => !line.startsWith('GET ')),
      name,
    ).toEqual([]);
    expect(
      broker.take().filter((method) => !onlyReads.test(method)),
      name,
    ).toEqual([]);
    if (!missing) expect(ended.imports, name).toContain('src/core/planner.ts');
    expect(changing(ended.imports), name).toEqual([]);
  }
  expect(await settledView(lab.running, watched)).toEqual(before);
  return before;
}

describe('a dry run of every runbook', () => {
  it('changes nothing while the vhost runs', async () => {
    const captured = await run('vhost', 'capture', '--yes');
    expect(captured.exitCode, captured.stderr).toBe(0);
    expect(changing(captured.imports)).toContain('src/apply/capture-write.ts');
    const copied = await run('vhost', 'drain', '--queue', 'esr.dlq', '--copy', '--allow-consumers', '--yes');
    drain = [...copied.stderr.matchAll(/drain-\d{8}T\d{6}Z-[0-9a-f]{6}/g)].at(-1)?.[0] ?? '';
    expect(drain, copied.stderr).not.toBe('');
    const { broker: seen } = await expectNothingChanged(true);
    // What was compared is not empty: messages wait, and clients have published and been delivered to.
    expect(JSON.stringify(seen['queues'])).toMatch(/"messages":[1-9]/);
    expect(JSON.stringify(seen['channels'])).toMatch(/"publish":[1-9]/);
    expect(JSON.stringify(seen['channels'])).toMatch(/"ack":[1-9]/);
  }, 600_000);

  it('changes nothing while the vhost is down', async () => {
    await labBreak(choice, 'vhost-down');
    await expectNothingChanged(false);
  }, 600_000);

  it('changes nothing while the vhost is absent', async () => {
    await labBreak(choice, 'vhost-absent');
    await expectNothingChanged(false);
  }, 600_000);
});

describe('the proof that a dry run changes nothing', () => {
  it('sees what a real run does: requests, imports, files and the broker', async () => {
    await labHeal(choice);
    await labControl(choice, 'stop-load');
    await labBreak(choice, 'vhost-down');
    const watched = [env['XDG_STATE_HOME'] ?? ''];
    const before = await settledView(lab.running, watched);
    const askedBefore = http.requests.length;
    const real = await run('vhost', 'fence', '--yes');
    expect(real.exitCode, real.stderr).toBe(0);
    const deleted = http.requests.slice(askedBefore).filter(({ method }) => method === 'DELETE');
    expect(deleted.filter(({ path }) => path.startsWith('/api/permissions/')).length).toBeGreaterThan(3);
    expect(changing(real.imports)).toEqual(
      expect.arrayContaining(['src/apply/permission-withdraw.ts', 'src/services/rabbitmq/writer.ts']),
    );
    const after = await settledView(lab.running, watched);
    expect(after.broker['permissions']).not.toEqual(before.broker['permissions']);
    expect(after.files).not.toEqual(before.files);
  }, 120_000);

  it('sees what an AMQP client does', async () => {
    const { rabbitmq } = lab.running;
    await labHeal(choice);
    broker.take();
    const connection = await amqp.connect({
      hostname: '127.0.0.1',
      port: broker.port,
      vhost: rabbitmq.vhost,
      username: rabbitmq.user,
      password: await readFile(rabbitmq.passwordFile, 'utf8'),
    });
    const channel = await connection.createChannel();
    await channel.assertQueue('q.of-this-test', { durable: false, exclusive: true });
    await connection.close();
    expect(broker.take()).toEqual(expect.arrayContaining(['10.40', '20.10', '50.10']));
  });
});
