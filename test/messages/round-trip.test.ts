import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeProperties, encodeProperties } from '../../src/services/messages/content-codec.ts';
import { drainQueues } from '../../src/services/messages/drain-writer.ts';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { verifyDrain } from '../../src/services/messages/verify-drain.ts';
import { restoreDrain } from '../../src/services/messages/restore-writer.ts';
import { rabbitAccess } from '../support/rabbit-access.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { classic, drainFolder, drainOptions } from './drain-support.ts';
import { randomHeader } from './random-content.ts';
import { wireClient, type WireClient } from './wire-client.ts';

let vhost: TestVhost;
let client: WireClient;
let folder: Awaited<ReturnType<typeof drainFolder>>;
beforeEach(async () => {
  vhost = await freshVhost();
  client = await wireClient(vhost.name);
  folder = await drainFolder();
});
afterEach(async () => {
  client.close();
  await vhost.remove();
  await folder.remove();
});

describe('a round trip', () => {
  it('keeps 10,000 random messages over all types of AMQP, octet by octet', { timeout: 300_000 }, async () => {
    const seed = Number(process.env['SEED'] ?? 20_260_322);
    const count = 10_000;
    const messages = fc.sample(fc.tuple(randomHeader, fc.uint8Array({ maxLength: 300 })), { seed, numRuns: count });
    await client.declare('q');
    await client.declare('q2');
    messages.forEach(([header, body], index) => {
      const routingKey = Buffer.from(index % 2 === 0 ? 'q' : 'q2');
      client.publish({ routingKey, header, body: Buffer.from(body) });
    });
    await client.confirmed();
    const queues = [classic('q', { expected: count / 2 }), classic('q2', { expected: count / 2 })];
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir, { queues, segmentBytes: 1 << 20 }));
    expect(outcome.queues.map(({ drained, verdict, left }) => [drained, verdict, left])).toEqual([
      [count / 2, 'as-expected', 0],
      [count / 2, 'as-expected', 0],
    ]);
    expect(outcome.manifest.segments.length).toBeGreaterThan(1);
    expect((await verifyDrain(folder.dir)).manifest).toEqual(outcome.manifest);
    for await (const { octets } of readDrain(folder.dir)) {
      expect(encodeProperties(decodeProperties(octets)).equals(octets)).toBe(true);
    }
    const restored = await restoreDrain({ access: rabbitAccess(), vhost: vhost.name, dir: folder.dir });
    expect(restored).toMatchObject({ restored: count, left: [], maybeTwice: 0 });
    for (const [index, [header, body]] of messages.entries()) {
      const queue = index % 2 === 0 ? 'q' : 'q2';
      const got = await client.get(queue);
      const same = got?.header.equals(header) === true && got.body.equals(Buffer.from(body));
      if (!same) expect({ index, ...got }).toEqual({ index, header, body: Buffer.from(body) });
      expect(got?.routingKey.toString()).toBe(queue);
    }
    expect([await client.get('q'), await client.get('q2')]).toEqual([null, null]);
  });

  it('keeps bodies of any size, and the order, with large ones streamed', { timeout: 300_000 }, async () => {
    await client.declare('q');
    const sizes = [0, 1, 131_063, 131_064, 131_065, 1 << 20, (1 << 20) + 1, 5_000_000, 0, 100_000_000, 3];
    const header = Buffer.from('100002', 'hex');
    sizes.forEach((size, index) =>
      client.publish({ routingKey: Buffer.from('q'), header, body: Buffer.alloc(size, index + 65) }),
    );
    await client.confirmed();
    global.gc?.();
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir));
    const drained = most - before;
    expect(outcome.queues[0]).toMatchObject({ drained: sizes.length, left: 0 });
    const restored = await restoreDrain({ access: rabbitAccess(), vhost: vhost.name, dir: folder.dir });
    clearInterval(watch);
    expect(restored.restored).toBe(sizes.length);
    expect(drained).toBeLessThan(90_000_000);
    for (const [index, size] of sizes.entries()) {
      const got = await client.get('q');
      expect(got?.body.length).toBe(size);
      expect(got?.body.equals(Buffer.alloc(size, index + 65))).toBe(true);
    }
  });
});
