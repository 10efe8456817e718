import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { manifestDigest, segmentName, type DrainManifest } from '../../core/drain.ts';
import { readJson } from '../../core/read-json.ts';
import { readOwnFile } from '../captures/own-file.ts';
import { damagedDrain, diskTrouble } from './drain-fault.ts';

const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  vhost: z.string(),
  startedAt: z.string(),
  mode: z.enum(['drain', 'copy']),
  sessions: count,
  state: z.enum(['open', 'complete']),
  queues: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['classic', 'quorum', 'stream']),
      expected: count.nullable(),
      atStart: count.nullable(),
      state: z.enum(['waiting', 'draining', 'emptied', 'copied']),
      records: count,
      bytes: count,
      again: count,
      maybeAgain: count,
      left: count.nullable(),
      doubted: z.array(count),
    }),
  ),
  segments: z.array(
    z.strictObject({ name: z.string(), bytes: count, records: count, firstRecord: count, sha256: digest }),
  ),
});
const fileSchema = z.strictObject({ digest, manifest: manifestSchema });

/** Name of the file that says what a drain holds. */
export const manifestName = 'manifest.json';

/** Reads and checks a drain's manifest and that the folder holds its segments: none missing, none too many. */
export async function readManifest(dir: string): Promise<DrainManifest> {
  const path = join(dir, manifestName);
  await lstat(path).catch((error: unknown) => {
    throw damagedDrain(path, diskTrouble(error));
  });
  const text = (await readOwnFile(path, process.getuid?.() ?? null)).toString('utf8');
  let json: unknown;
  try {
    json = readJson(text);
  } catch {
    throw damagedDrain(path, 'it is no JSON');
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success)
    throw damagedDrain(path, `it has another form (${parsed.error.issues[0]?.path.join('.') ?? ''})`);
  const { manifest } = parsed.data;
  if (manifestDigest(manifest) !== parsed.data.digest) throw damagedDrain(path, 'it was changed (digest)');
  await checkNames(dir, manifest);
  return manifest;
}

async function checkNames(dir: string, { segments, state }: DrainManifest): Promise<void> {
  const files = new Set((await readdir(dir)).filter((name) => name.startsWith('segment-')));
  let records = 0;
  segments.forEach(({ name, firstRecord, records: more }, index) => {
    if (name !== segmentName(index + 1) || firstRecord !== records) {
      throw damagedDrain(join(dir, manifestName), `its list of segments is not in order (${name})`);
    }
    if (!files.delete(name)) throw damagedDrain(join(dir, name), 'it is missing');
    records += more;
  });
  // The tail, and one that was begun while the tail was being sealed.
  if (state === 'open') for (const more of [1, 2]) files.delete(segmentName(segments.length + more));
  for (const name of files) throw damagedDrain(join(dir, name), 'it is not in the manifest');
}
