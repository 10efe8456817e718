import fc from 'fast-check';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecorder, readRecords, type LoadRecord } from '../../src/lab/load-record.ts';
import { truthOf, type Waiting } from '../../src/lab/truth.ts';

/** The life of one message, as a fate that the records and queues are then made from. */
const fates = ['refused', 'unconfirmed', 'lost', 'returned', 'waiting', 'delivered', 'delivered twice'] as const;
const at = 0;
const queue = 'q';

function recordsOf(fate: (typeof fates)[number], id: string): LoadRecord[] {
  const sent: LoadRecord[] = [{ event: 'published', id, at }];
  const taken: LoadRecord[] = [...sent, { event: 'confirmed', id, at }];
  const delivered: LoadRecord = { event: 'delivered', id, at, queue, redelivered: false };
  switch (fate) {
    case 'refused':
      return [{ event: 'refused', id, at }];
    case 'unconfirmed':
      return sent;
    case 'lost':
    case 'waiting':
      return taken;
    case 'returned':
      return [...sent, { event: 'returned', id, at }, { event: 'confirmed', id, at }];
    case 'delivered':
      return [...taken, delivered];
    case 'delivered twice':
      return [...taken, delivered, { ...delivered, redelivered: true }];
  }
}

describe('truthOf', () => {
  it('counts every message by what became of it, in whatever order things were written down', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fates), { maxLength: 60 }), fc.nat(), (lives, turn) => {
        const ids = lives.map((_, n) => `id-${n}`);
        const records = lives.flatMap((fate, n) => recordsOf(fate, ids[n]!));
        const cut = records.length === 0 ? 0 : turn % records.length;
        const waiting: Waiting[] = ids.filter((_, n) => lives[n] === 'waiting').map((id) => ({ queue, id }));
        const count = (...wanted: string[]): number => lives.filter((fate) => wanted.includes(fate)).length;

        const truth = truthOf([...records.slice(cut), ...records.slice(0, cut)], waiting);
        expect({ ...truth, lostIds: [...truth.lostIds].sort() }).toEqual({
          refused: count('refused'),
          published: lives.length - count('refused'),
          confirmed: count('lost', 'returned', 'waiting', 'delivered', 'delivered twice'),
          returned: count('returned'),
          delivered: count('delivered', 'delivered twice'),
          inQueues: count('waiting'),
          lost: count('lost'),
          deliveredTwice: count('delivered twice'),
          lostIds: ids.filter((_, n) => lives[n] === 'lost').sort(),
        });
      }),
    );
  });

  it('does not take a copy in a second queue for a second delivery', () => {
    const delivered = (name: string): LoadRecord => ({
      event: 'delivered',
      id: 'a',
      at,
      queue: name,
      redelivered: false,
    });
    expect(truthOf([delivered('one'), delivered('two')], [])).toMatchObject({ delivered: 1, deliveredTwice: 0 });
  });
});

describe('records', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'esr-ops-records-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are read back without the line that a kill tore', async () => {
    const path = join(folder, 'r.jsonl');
    const recorder = openRecorder(path);
    recorder.write({ event: 'published', id: 'a', at });
    recorder.write({ event: 'confirmed', id: 'a', at });
    recorder.close();
    await appendFile(path, '{"event":"publ');
    expect((await readRecords(path)).map(({ event }) => event)).toEqual(['published', 'confirmed']);
    expect(await readRecords(join(folder, 'none.jsonl'))).toEqual([]);
  });
});
