import { createHash, randomBytes, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName, type DrainManifest } from '../../core/drain.ts';
import { Fault } from '../../core/fault.ts';
import { ensureFolder, syncFolder } from '../state/folders.ts';
import type { RecordPlace } from './delivery-identity.ts';
import type { DrainOptions } from './drain-options.ts';
import { manifestName, readManifest } from './manifest-reader.ts';
import { writeManifest } from './manifest-writer.ts';
import { countRecords } from './count-records.ts';
import type { SegmentStart } from './segment-writer.ts';

/** A drain's folder, ready to be written to. */
export interface OpenedDrain {
  /** On disk; its `sessions` is the number of this session. */
  readonly manifest: DrainManifest;
  readonly tail: SegmentStart['there'];
  /** By queue, the places of the last records that are no second copies, oldest first. */
  readonly last: readonly (readonly RecordPlace[])[];
}

/** Begins a drain, or verifies one that was begun and cuts off what a crash left unfinished: it was never acknowledged. */
export async function openDrain(options: DrainOptions, keepLast: number): Promise<OpenedDrain> {
  const dir = await ensureFolder(options.dir);
  const there = await lstat(join(dir, manifestName)).then(
    () => true,
    () => false,
  );
  return there ? await resume(dir, options, keepLast) : await begin(dir, options);
}

async function begin(dir: string, { vhost, queues, copy = false, clock }: DrainOptions): Promise<OpenedDrain> {
  const manifest: DrainManifest = {
    format: 1,
    id: randomBytes(16).toString('hex'),
    vhost,
    startedAt: new Date(clock.now()).toISOString(),
    mode: copy ? 'copy' : 'drain',
    sessions: 1,
    state: 'open',
    queues: queues.map(({ name, kind, expected }) => ({
      name,
      kind,
      expected,
      atStart: null,
      state: 'waiting',
      records: 0,
      bytes: 0,
      again: 0,
      maybeAgain: 0,
      left: null,
      doubted: [],
    })),
    segments: [],
  };
  await writeManifest(dir, manifest);
  return { manifest, tail: null, last: queues.map(() => []) };
}

async function resume(dir: string, options: DrainOptions, keepLast: number): Promise<OpenedDrain> {
  const before = await readManifest(dir);
  checkSame(dir, before, options);
  const { manifest: counted, tail, last } = await countRecords(dir, before, keepLast);
  const manifest = { ...counted, sessions: before.sessions + 1 };
  const path = (number: number): string => join(dir, segmentName(number));
  const number = manifest.segments.length + 1;
  await rm(path(number + 1), { force: true });
  if (tail === null) await rm(path(number), { force: true });
  else if (tail.torn > 0) await cut(path(number), tail.bytes);
  await syncFolder(dir);
  await writeManifest(dir, manifest);
  const start = tail === null ? null : { records: tail.records, bytes: tail.bytes, hash: await hashOf(path(number)) };
  return { manifest, tail: start, last };
}

function checkSame(dir: string, before: DrainManifest, { vhost, queues, copy = false }: DrainOptions): void {
  const names = JSON.stringify(queues.map(({ name }) => name));
  const same =
    before.vhost === vhost &&
    (before.mode === 'copy') === copy &&
    JSON.stringify(before.queues.map(({ name }) => name)) === names;
  const halfCopied = copy && before.queues.some(({ state }) => state === 'draining');
  if (same && before.state === 'open' && !halfCopied) return;
  const why = !same
    ? 'it is a drain of something else'
    : halfCopied
      ? 'a copy that stopped within a queue would hold its messages twice; they are all still in their queue'
      : 'it is complete';
  throw new Fault({
    code: 'drain.not-resumable',
    message: `The drain in ${dir} can't be gone on with: ${why}.`,
    where: dir,
    exit: 'blocked',
    next: ['begin a new one: esr-ops vhost drain'],
  });
}

async function cut(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hashOf(path: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash;
}
