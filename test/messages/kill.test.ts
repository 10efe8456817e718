import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { bundle, type Bundle } from '../support/bundle.ts';
import { freshVhost, servers } from '../support/servers.ts';
import { drainFolder } from './drain-support.ts';
import { wireClient } from './wire-client.ts';

let program: Bundle;
beforeAll(async () => {
  program = await bundle('../messages/kill-program.ts');
});
afterAll(() => program.remove());

interface Told {
  readonly maybeTwice: number;
  readonly queues: readonly { readonly drained: number; readonly maybeTwice: number; readonly left: number }[];
}

/** Runs the program, and ends it with SIGKILL so many milliseconds after it began its work; null when that came first. */
async function run(task: object, killAfter: number | null): Promise<Told | null> {
  const { amqpUrl: amqp, user, password } = servers().rabbit;
  const child = spawn(process.execPath, [program.file], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '' && killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter);
    said += chunk.toString();
  });
  child.stdin.end(JSON.stringify({ ...task, amqp, user, password }));
  await once(child, 'close');
  const line = said.split('\n')[1];
  if (child.signalCode === 'SIGKILL' && (line === undefined || line === '')) return null;
  expect(child.exitCode).toBe(0);
  return JSON.parse(line!) as Told;
}

/** Moments as a small generator gives them, the same for each seed. */
function moments(seed: number, most: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 5 + (state % most);
  };
}

const kills = Number(process.env['KILLS'] ?? 20);
const seed = Number(process.env['SEED'] ?? 20_260_322);

describe('SIGKILL at random moments', () => {
  it('loses nothing and holds nothing twice in a drain that is gone on with', { timeout: 600_000 }, async () => {
    const folder = await drainFolder();
    const vhost = await freshVhost();
    const client = await wireClient(vhost.name);
    try {
      const next = moments(seed, 150);
      const count = 6_000;
      const queues = ['a', 'b'];
      for (const queue of queues) await client.declare(queue);
      const header = Buffer.from('100002', 'hex');
      for (let index = 0; index < count; index += 1) {
        for (const queue of queues) {
          // Many equal bodies: a copy can't be told from another message by its content.
          const body = Buffer.from(`${queue}:${index % 7 === 0 ? 'same' : index}`.padEnd(200 + (index % 50)));
          client.publish({ routingKey: Buffer.from(queue), header, body });
        }
      }
      await client.confirmed();
      const task = { what: 'drain', vhost: vhost.name, dir: folder.dir, queues, window: 500, segmentBytes: 400_000 };
      let told: Told | null = null;
      let killed = 0;
      for (; killed < kills && told === null; killed += told === null ? 1 : 0) told = await run(task, next());
      told ??= await run(task, null);
      expect(killed).toBeGreaterThan(0);
      expect(told?.queues).toMatchObject(queues.map(() => ({ drained: count, maybeTwice: 0, left: 0 })));
      const indexes = new Map<string, number>();
      for await (const { queue, body } of readDrain(folder.dir)) {
        const index = indexes.get(queue) ?? 0;
        indexes.set(queue, index + 1);
        const due = `${queue}:${index % 7 === 0 ? 'same' : index}`.padEnd(200 + (index % 50));
        if (body?.toString() !== due)
          expect({ queue, index, body: body?.toString() }).toEqual({ queue, index, body: due });
      }
      expect([...indexes.values()]).toEqual([count, count]);

      // The same drain, restored under fire.
      const fire = moments(seed + 1, 250);
      let restored: Told | null = null;
      let shot = 0;
      for (; shot < kills && restored === null; shot += restored === null ? 1 : 0) {
        restored = await run({ ...task, what: 'restore' }, fire());
        await sleep(5);
      }
      restored ??= await run({ ...task, what: 'restore' }, null);
      expect(shot).toBeGreaterThan(0);
      const found = new Map<string, number>();
      let messages = 0;
      for (const queue of queues) {
        for (let got = await client.get(queue); got !== null; got = await client.get(queue)) {
          messages += 1;
          const text = got.body.toString();
          found.set(text, (found.get(text) ?? 0) + 1);
        }
      }
      const wanted = new Map<string, number>();
      for await (const { body } of readDrain(folder.dir)) {
        const text = body!.toString();
        wanted.set(text, (wanted.get(text) ?? 0) + 1);
      }
      for (const [text, times] of wanted) expect(found.get(text) ?? 0).toBeGreaterThanOrEqual(times);
      expect(messages - 2 * count).toBeLessThanOrEqual(restored!.maybeTwice);
    } finally {
      client.close();
      await vhost.remove();
      await folder.remove();
    }
  });
});
