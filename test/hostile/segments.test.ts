import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manifestDigest, segmentName, type DrainManifest } from '../../src/core/drain.ts';
import { Fault } from '../../src/core/fault.ts';
import { sha256 } from '../../src/core/json.ts';
import { indexDrain } from '../../src/services/messages/index-drain.ts';
import { readManifest } from '../../src/services/messages/manifest-reader.ts';
import { messageJson } from '../../src/services/messages/message-json.ts';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { commitOctets, recordMagic, recordSize, segmentHead } from '../../src/services/messages/record-format.ts';
import { restoredProperties } from '../../src/services/messages/restored-properties.ts';
import { sideBySide } from '../../src/services/messages/side-by-side.ts';
import { verifyDrain } from '../../src/services/messages/verify-drain.ts';
import { tempFolder } from '../fast/state/temp-folder.ts';
import { cases, eachCase, readOrRefused } from './fuzzing.ts';

const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** A record as somebody could write it who knows the format, its checksums included. */
interface Forged {
  readonly number: number;
  readonly queue: number;
  readonly inQueue: number;
  readonly flags: number;
  readonly address: Uint8Array;
  readonly properties: Uint8Array;
  readonly body: Uint8Array;
  /** Added to the sizes that the record says it has. */
  readonly lie: { readonly body: number; readonly address: number; readonly properties: number };
}

const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const truthful = { body: 0, address: 0, properties: 0 };

function forged(number: number): fc.Arbitrary<Forged> {
  return fc.record({
    number: fc.oneof({ weight: 20, arbitrary: fc.constant(number) }, fc.nat(4)),
    queue: fc.oneof({ weight: 8, arbitrary: fc.nat(1) }, fc.constantFrom(2, 2 ** 32 - 1)),
    inQueue: fc.nat(2 ** 32 - 1),
    flags: fc.nat(255),
    // An exchange and a routing key, or anything.
    address: fc.oneof({ weight: 6, arbitrary: fc.constant(Uint8Array.of(2, 0x65, 0x78, 1, 0x6b)) }, octets(12)),
    properties: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(Uint8Array.of(0, 0), Uint8Array.of(0x10, 0, 2)) },
      octets(40),
      // Headers that say how long they are, and are not.
      octets(30).map((rest) => Uint8Array.from([0x20, 0, 0, 0, 0, rest.length, ...rest])),
    ),
    body: octets(60),
    lie: fc.oneof(
      { weight: 8, arbitrary: fc.constant(truthful) },
      fc.record({
        body: fc.constantFrom(0, 1, -1, 2 ** 21, 2 ** 52),
        address: fc.constantFrom(0, 1, 60_000),
        properties: fc.constantFrom(0, 1, 2 ** 31),
      }),
    ),
  });
}

function recordOctets({ number, queue, inQueue, flags, address, properties, body, lie }: Forged): Buffer {
  const head = Buffer.alloc(recordSize);
  head.writeUInt32BE(recordMagic, 0);
  id.copy(head, 8, 0, 8);
  head.writeUInt32BE(number, 16);
  head.writeUInt32BE(1, 20);
  head.writeUInt32BE(queue, 24);
  head.writeUInt32BE(inQueue, 28);
  head.writeBigUInt64BE(BigInt(Math.max(0, body.length + lie.body)), 32);
  head.writeUInt32BE(properties.length + lie.properties, 40);
  head.writeUInt16BE(address.length + lie.address, 44);
  head.writeUInt8(flags, 46);
  const whole = Buffer.concat([head, address, properties]);
  const crc = crc32(whole.subarray(8));
  whole.writeUInt32BE(crc, 4);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(body, crc));
  return Buffer.concat([whole, body, end]);
}

async function drainOf(dir: string, records: readonly Forged[], complete: boolean): Promise<void> {
  await mkdir(dir, { mode: 0o700 });
  const segment = Buffer.concat([
    segmentHead(id, 1, 0, Buffer.alloc(32)),
    ...records.map(recordOctets),
    commitOctets(id, records.length, 1),
  ]);
  const queue = { kind: 'classic', expected: null, atStart: null, state: 'emptied' } as const;
  const counts = { records: 0, bytes: 0, again: 0, maybeAgain: 0, left: 0, doubted: [] };
  const sealed = { bytes: segment.length, records: records.length, firstRecord: 0, sha256: sha256(segment) };
  const manifest: DrainManifest = {
    ...{ format: 1, id: id.toString('hex'), vhost: 'v', startedAt: '2026-03-22T06:25:00.000Z', mode: 'drain' },
    ...{ sessions: 1, state: complete ? 'complete' : 'open' },
    queues: ['a', 'b'].map((name) => ({ name, ...queue, ...counts })),
    segments: complete ? [{ name: segmentName(1), ...sealed }] : [],
  };
  await writeFile(join(dir, segmentName(1)), segment, { mode: 0o600 });
  const file = JSON.stringify({ digest: manifestDigest(manifest), manifest });
  await writeFile(join(dir, 'manifest.json'), file, { mode: 0o600 });
}

/** Everything that is done with a drain before a broker hears of it; how many messages there were to restore. */
async function readAll(dir: string): Promise<number> {
  await verifyDrain(dir);
  for await (const message of readDrain(dir)) await readOrRefused(() => messageJson(message, true));
  const manifest = await readManifest(dir);
  const { runs } = await indexDrain(dir, manifest);
  let restored = 0;
  for await (const records of sideBySide(runs, manifest.id)) {
    for (const { address, properties, body, bodySize } of records) {
      // What is published is cut out of it by these.
      const keyAt = 1 + address.readUInt8(0);
      expect(keyAt + 1 + address.readUInt8(keyAt)).toBe(address.length);
      expect(body?.length ?? bodySize).toBe(bodySize);
      for (const to of ['queue', 'exchange'] as const)
        await readOrRefused(() => restoredProperties(properties, 'ops', to));
      restored += 1;
    }
  }
  return restored;
}

test('records that were forged with right checksums are read for what they are, all of them, or refused', async () => {
  const parent = await tempFolder();
  const sampled = fc.sample(
    fc.record({
      records: fc.tuple(forged(0), forged(1), forged(2)),
      count: fc.integer({ min: 1, max: 3 }),
      complete: fc.boolean(),
    }),
    cases(300),
  );
  const seen = { read: 0, refused: 0 };
  await eachCase(sampled, async ({ records, count, complete }, at) => {
    const dir = join(parent, String(at));
    const some = records.slice(0, count);
    await drainOf(dir, some, complete);
    const read = await readOrRefused(() => readAll(dir));
    if (read instanceof Fault) {
      seen.refused += 1;
      expect(read.problems[0].code).toBe('drain.damaged');
      return;
    }
    seen.read += 1;
    expect(read.value).toBe(count);
  });
  expect(seen.read).toBeGreaterThan(20);
  expect(seen.refused).toBeGreaterThan(20);
});
