import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestDigest, type DrainManifest } from '../../core/drain.ts';
import { syncFolder } from '../captures/durable-file.ts';
import { manifestName } from './manifest-reader.ts';

/** Replaces the manifest as a whole: after a crash it is the one before or this one, and it is on the disk on return. */
export async function writeManifest(dir: string, manifest: DrainManifest): Promise<void> {
  const path = join(dir, manifestName);
  const next = `${path}.new`;
  await rm(next, { force: true });
  const file = await open(next, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ digest: manifestDigest(manifest), manifest }, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
  await syncFolder(dir);
}
