import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../src/lab/free-ports.ts';
import { startRabbit, type RabbitNode } from '../../src/lab/rabbitmq-node.ts';
import { until } from '../../src/lab/until.ts';
import { drainQueues } from '../../src/services/messages/drain-writer.ts';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { restoreDrain } from '../../src/services/messages/restore-writer.ts';
import type { RabbitAccess } from '../../src/services/rabbitmq/access.ts';
import { randomFrom } from '../crash/points.ts';
import { certificateAuthority } from '../support/certificates.ts';
import { bundle, type Bundle } from '../support/bundle.ts';
import { classic, drainOptions } from './drain-support.ts';
import { wireClient } from './wire-client.ts';

/** `KILLS=100` ends the broker 100 times in drains and 100 times in restores; SEED repeats a run. */
const kills = Number(process.env['KILLS'] ?? 2);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const queues = ['a', 'b'] as const;
const each = Number(process.env['EACH'] ?? 2_500);

let program: Bundle;
let node: RabbitNode;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-ops-broker-kill-'));
  await mkdir(join(dir, 'r'), { mode: 0o700 });
  [program, node] = await Promise.all([
    bundle('../messages/kill-program.ts'),
    startRabbit({ dir: join(dir, 'r'), labId: `kill-${process.pid}`, withShovel: false }),
  ]);
}, 120_000);
afterAll(async () => {
  await node.kill();
  await program.remove();
  await rm(dir, { recursive: true, force: true });
});

interface Told {
  readonly maybeTwice: number;
  readonly more: number;
  readonly there: number;
  readonly queues: readonly { readonly drained: number; readonly maybeTwice: number; readonly left: number }[];
}

/** Runs the program; after so many milliseconds of its work the broker is killed and started again. Null: it failed. */
async function run(task: object, killAfter: number | null): Promise<Told | null> {
  const { amqpUrl: amqp, user, password } = node;
  const child = spawn(process.execPath, [program.file], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  let wrong = '';
  let killed: Promise<void> = Promise.resolve();
  const kill = async (): Promise<void> => {
    await sleep(killAfter ?? 0);
    process.kill(node.pids().broker, 'SIGKILL');
    await node.restart();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '' && killAfter !== null) killed = kill();
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
  child.stdin.end(JSON.stringify({ ...task, amqp, user, password }));
  await once(child, 'close');
  await killed;
  const line = said.split('\n')[1];
  if (line !== undefined && line !== '') return JSON.parse(line) as Told;
  // It must have said what happened, and not have met a bug of its own.
  expect(wrong, `SEED=${seed}`).toMatch(/Fault.*(connection|closed|lost|down|refused|answer)/is);
  return null;
}

function bodyOf(queue: string, index: number): string {
  return `${queue}:${index % 7 === 0 ? 'same' : index}`.padEnd(200);
}

it(
  'a broker that is killed in drains and restores loses nothing, and repeats no more than is said',
  { timeout: 7_200_000 },
  async () => {
    const header = Buffer.from('100002', 'hex');
    let [drainsCut, restoresCut] = [0, 0];
    let [drains, restores, twiceOnDisk, twiceInQueues, saidOfDrains, saidOfRestores] = [0, 0, 0, 0, 0, 0];
    for (let round = 0; drains < kills || restores < kills; round += 1) {
      const names = queues.map((queue) => `${queue}${round}`);
      const client = await wireClient('/', node);
      for (const name of names) await client.declare(name);
      for (const name of names)
        for (let index = 0; index < each; index += 1)
          client.publish({ routingKey: Buffer.from(name), header, body: Buffer.from(bodyOf(name, index)) });
      await client.confirmed();
      client.close();
      const folder = join(dir, `d${round}`);
      const task = { vhost: '/', dir: folder, queues: names, window: 2_000, segmentBytes: 400_000 };
      const wanted = new Map<string, number>();
      for (const name of names) for (let index = 0; index < each; index += 1) more(wanted, bodyOf(name, index));

      let drained: Told | null = null;
      // Killed at most four times each: what was there first is to be found after many kills, too.
      for (let go = 0; go < 4 && drains < kills && drained === null; go += 1) {
        drained = await run({ ...task, what: 'drain' }, random() * 400);
        drains += 1;
        if (drained === null) drainsCut += 1;
      }
      drained ??= await run({ ...task, what: 'drain' }, null);
      const onDisk = new Map<string, number>();
      for await (const { body } of readDrain(folder)) more(onDisk, body?.toString() ?? '');
      const said = drained!.queues.reduce((sum, { maybeTwice }) => sum + maybeTwice, 0);
      expect(
        drained!.queues.map(({ left }) => left),
        `SEED=${seed}`,
      ).toEqual(names.map(() => 0));
      const twice = extra(wanted, onDisk);
      expect(twice, `SEED=${seed}`).toBeLessThanOrEqual(said);
      twiceOnDisk += twice;
      saidOfDrains += said;

      let restored: Told | null = null;
      for (let go = 0; go < 4 && restores < kills && restored === null; go += 1) {
        restored = await run({ ...task, what: 'restore' }, random() * 900);
        restores += 1;
        if (restored === null) restoresCut += 1;
      }
      // Once more in any case: a kill just after the end brings back messages, too.
      restored = await run({ ...task, what: 'restore' }, null);
      const found = new Map<string, number>();
      const taker = await wireClient('/', node);
      for (const name of names)
        for (let got = await taker.get(name); got !== null; got = await taker.get(name))
          more(found, got.body.toString());
      taker.close();
      const again = extra(onDisk, found);
      expect(again, `SEED=${seed}`).toBeLessThanOrEqual(saidBy(restored!));
      twiceInQueues += again;
      saidOfRestores += saidBy(restored!);
    }
    process.stderr.write(
      `Broker killed ${drains} times in drains (${drainsCut} cut short, ${twiceOnDisk} twice, ${saidOfDrains} said) and ${restores} times in restores (${restoresCut} cut short, ${twiceInQueues} twice, ${saidOfRestores} said): nothing lost (SEED=${seed}).\n`,
    );
  },
);

it(
  'an alarm of the broker is waited for and said in a restore, ends it when it lasts, and does not stop a drain',
  { timeout: 180_000 },
  async () => {
    const access = {
      amqp: node.amqpUrl,
      management: node.managementUrl,
      user: node.user,
      tls: {},
      // A connection that an alarm blocks does not answer its close either.
      timeoutMs: 4_000,
      slowTimeoutMs: 60_000,
      password: () => Promise.resolve(node.password),
    };
    const client = await wireClient('/', node);
    await client.declare('alarmed');
    const bodies = Array.from({ length: 400 }, (_, index) => `${index}`.padEnd(20_000));
    for (const body of bodies)
      client.publish({
        routingKey: Buffer.from('alarmed'),
        header: Buffer.from('100002', 'hex'),
        body: Buffer.from(body),
      });
    await client.confirmed();
    client.close();
    const alarm = (set: boolean) =>
      node.evaluate(
        set
          ? 'rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}), ok.'
          : 'rabbit_alarm:clear_alarm({resource_limit, memory, node()}), ok.',
      );
    const folder = join(dir, 'alarm');

    await alarm(true);
    const drained = await drainQueues(drainOptions('/', folder, { access, queues: [classic('alarmed')] }));
    expect(drained.queues).toMatchObject([{ drained: bodies.length, left: 0 }]);

    const short = restoreDrain({ access, vhost: '/', dir: folder, stallMs: 1_500 });
    await expect(short).rejects.toThrow(
      /takes no messages \(low on memory\).*0 messages were confirmed in this session/s,
    );

    let blocked = '';
    const restored = restoreDrain({
      ...{ access, vhost: '/', dir: folder, stallMs: 60_000 },
      progress: (progress) => (blocked ||= progress.blocked ?? ''),
    });
    await until('the restore to say why it waits', () => blocked !== '', { atMostMs: 60_000 });
    expect(blocked).toBe('low on memory');
    await alarm(false);
    const { maybeTwice } = await restored;
    const found: string[] = [];
    const taker = await wireClient('/', node);
    for (let got = await taker.get('alarmed'); got !== null; got = await taker.get('alarmed'))
      found.push(got.body.toString());
    taker.close();
    expect(new Set(found)).toEqual(new Set(bodies));
    expect(found.length - bodies.length).toBeLessThanOrEqual(maybeTwice);
  },
);

it(
  'messages go over verified TLS; a certificate that is expired, for another host or of another authority is refused',
  { timeout: 120_000 },
  async () => {
    const folder = join(dir, 'tls');
    await mkdir(folder, { mode: 0o700 });
    const authority = certificateAuthority(folder);
    const other = join(folder, 'other');
    await mkdir(other);
    const ports = await freePorts(['good', 'old', 'elsewhere']);
    const certificates = {
      good: authority.issue('good', 'IP:127.0.0.1'),
      old: authority.issue('old', 'IP:127.0.0.1', '20210101000000Z'),
      elsewhere: authority.issue('elsewhere', 'DNS:elsewhere.test'),
    };
    for (const name of ['good', 'old', 'elsewhere'] as const) {
      const { cert, key } = certificates[name];
      await node.evaluate(
        `rabbit_networking:ensure_ssl(), rabbit_networking:start_ssl_listener({"127.0.0.1", ${ports[name]}}, [{certfile, "${cert}"}, {keyfile, "${key}"}], 2), ok.`,
      );
    }
    const over = (name: keyof typeof ports, ca = authority.ca): RabbitAccess => ({
      amqp: `amqps://127.0.0.1:${ports[name]}`,
      management: node.managementUrl,
      user: node.user,
      tls: { ca },
      timeoutMs: 10_000,
      slowTimeoutMs: 60_000,
      password: () => Promise.resolve(node.password),
    });
    const client = await wireClient('/', node);
    await client.declare('secured');
    const bodies = Array.from({ length: 2_000 }, (_, index) => `secured ${index}`.padEnd(700));
    const header = Buffer.from('100002', 'hex');
    for (const body of bodies) client.publish({ routingKey: Buffer.from('secured'), header, body: Buffer.from(body) });
    await client.confirmed();
    const queues = [classic('secured')];
    const where = (name: string): string => join(folder, `d-${name}`);
    for (const [name, ca, said] of [
      ['old', authority.ca, /has expired/],
      ['elsewhere', authority.ca, /another host name/],
      ['good', certificateAuthority(other).ca, /authority|certificate|signature/],
    ] as const) {
      const refused = drainQueues(drainOptions('/', where(`${name}-refused`), { access: over(name, ca), queues }));
      await expect(refused, name).rejects.toThrow(said);
    }
    const drained = await drainQueues(drainOptions('/', where('good'), { access: over('good'), queues }));
    expect(drained.queues).toMatchObject([{ drained: bodies.length, left: 0 }]);
    const outcome = await restoreDrain({ access: over('good'), vhost: '/', dir: where('good') });
    expect(outcome).toMatchObject({ restored: bodies.length, maybeTwice: 0 });
    for (const body of bodies) expect((await client.get('secured'))?.body.toString()).toBe(body);
    client.close();
  },
);

/** How many may be twice: sent again, or brought back by a broker that forgot acknowledgements, before or meanwhile. */
function saidBy({ maybeTwice, more, there }: Told): number {
  return maybeTwice + more + there;
}

function more(counts: Map<string, number>, text: string): void {
  counts.set(text, (counts.get(text) ?? 0) + 1);
}

/** How many more there are than were wanted; every wanted one must be there. */
function extra(wanted: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): number {
  const missing = [...wanted].filter(([text, count]) => (found.get(text) ?? 0) < count);
  expect(missing, `SEED=${seed}`).toEqual([]);
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total(found) - total(wanted);
}
