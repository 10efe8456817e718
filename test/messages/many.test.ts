import { createHash, type Hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mustApi } from '../support/servers.ts';
import { startOps } from '../crash/started.ts';
import { messageScene } from '../message-commands/scene.ts';
import { randomHeader } from './random-content.ts';
import { wireClient } from './wire-client.ts';

/** `MESSAGES=200000` for the whole measure; few in a usual run. */
const total = Number(process.env['MESSAGES'] ?? 4_000);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
const queues = Array.from({ length: 10 }, (_, index) => `many.${index}`);
const each = Math.floor(total / queues.length);
const peakMemory = fileURLToPath(new URL('../bench/peak-memory.mjs', import.meta.url));

interface Seen {
  readonly hash: Hash;
  count: number;
}

/** Every octet of a message, and its place in its queue. */
function see(seen: Seen, routingKey: Buffer, header: Buffer, body: Buffer): void {
  const sizes = Buffer.alloc(12);
  [routingKey, header, body].forEach((part, index) => sizes.writeUInt32BE(part.length, index * 4));
  seen.hash.update(sizes).update(routingKey).update(header).update(body);
  seen.count += 1;
}

const nobody = (): Map<string, Seen> =>
  new Map(queues.map((queue) => [queue, { hash: createHash('sha256'), count: 0 }]));
const digests = (seen: ReadonlyMap<string, Seen>) =>
  [...seen].map(([queue, { hash, count }]) => ({ queue, count, sha256: hash.copy().digest('hex') }));

it(
  'messages of ten queues are the same, octet by octet and in order, after drain, a new vhost and restore',
  { timeout: 7_200_000 },
  async () => {
    const scene = await messageScene();
    for (const queue of queues) await scene.queue(queue);
    // Headers over all types; the same few thousand come again and again, each message with an id and a body of its own.
    const headers = fc.sample(randomHeader, { numRuns: Math.min(2_000, each), seed });
    const published = nobody();
    const client = await wireClient(scene.vhost.name);
    for (let index = 0; index < each; index += 1) {
      for (const [place, queue] of queues.entries()) {
        const routingKey = Buffer.from(queue);
        const header = headers[(index + place * 37) % headers.length] ?? Buffer.alloc(2);
        const body = Buffer.from(`${queue}:${index}:`.padEnd(500, String(index % 10)));
        client.publish({ routingKey, header, body });
        see(published.get(queue)!, routingKey, header, body);
      }
      if (index % 500 === 499) await client.confirmed();
    }
    await client.confirmed();
    client.close();
    scene.hangUp();

    const memory: Record<string, number> = {};
    const run = async (name: string, args: readonly string[]): Promise<string> => {
      const file = join(scene.environment.home, `${name}.memory`);
      const { env } = scene.environment;
      const environment = {
        ...scene.environment,
        env: { ...env, PEAK_MEMORY_FILE: file, NODE_OPTIONS: `--import ${peakMemory}` },
      };
      const ended = await startOps(args, environment).ended;
      expect(ended.exitCode, ended.stderr.slice(-2_000)).toBe(0);
      memory[name] = Math.round((Number(readFileSync(file, 'utf8')) * 1024) / 1e6);
      return ended.stderr;
    };
    const began = performance.now();
    const told = await run('drain', ['vhost', 'drain', '--yes']);
    const drainedIn = performance.now() - began;
    await mustApi('DELETE', `/api/vhosts/${scene.vhost.segment}`);
    await mustApi('PUT', `/api/vhosts/${scene.vhost.segment}`, {});
    for (const queue of queues) await scene.queue(queue);
    const [drain = ''] = await scene.drains();
    const restoring = performance.now();
    const restored = await run('restore', ['vhost', 'restore', drain, '--yes']);
    const restoredIn = performance.now() - restoring;

    const found = nobody();
    for (const queue of queues) {
      const taker = await wireClient(scene.vhost.name);
      for (let got = await taker.get(queue); got !== null; got = await taker.get(queue))
        see(found.get(queue)!, got.routingKey, got.header, got.body);
      taker.close();
    }
    expect(digests(found), `SEED=${seed}`).toEqual(digests(published));
    expect(Math.max(...Object.values(memory))).toBeLessThan(300);
    // Shown every few seconds: short runs show none.
    if (total >= 100_000) expect(told + restored).toMatch(/\/s, /);
    const rate = (ms: number): number => Math.round((each * queues.length * 1000) / ms);
    process.stderr.write(
      `${each * queues.length} messages: drain ${rate(drainedIn)}/s, restore ${rate(restoredIn)}/s with the program's start, memory ${JSON.stringify(memory)} MB (SEED=${seed}).\n`,
    );
  },
);
