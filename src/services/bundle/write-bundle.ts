import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/json.ts';
import type { BundleContent, WrittenBundle } from '../../core/post-mortem.ts';
import { newFile } from '../state/new-file.ts';
import { makeTar, readTar, type ArchivedFile } from './tar.ts';

const manifestName = 'manifest.json';

/**
 * Writes the archive (tar.gz, 0600): the manifest first, then the files in the order of their names. It is read back
 * from the disk and compared before it gets its name. Faults (exit usage): `file.exists`, `file.not-written`; a
 * difference is a Fault `bundle.damaged` (exit failed), and no file is left.
 */
export async function writeBundle(path: string, content: BundleContent, force: boolean): Promise<WrittenBundle> {
  const named = [...content.files].sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = named.map(([name, text]) => ({ name, bytes: Buffer.byteLength(text), sha256: sha256(text) }));
  const manifest = `${JSON.stringify({ format: 1, ...content.about, files: listed }, null, 2)}\n`;
  const archived = [[manifestName, manifest] as const, ...named].map(([name, text]): ArchivedFile => ({
    name: `${content.folder}/${name}`,
    content: Buffer.from(text),
  }));
  const bytes = gzipSync(makeTar(archived, content.modifiedMs), { level: 9 });
  const file = await newFile(path, force);
  await file.write(bytes);
  await file.keep(async (partial) => compare(partial, archived));
  return { path: file.path, bytes: bytes.length, sha256: sha256(bytes), files: listed };
}

async function compare(partial: string, wanted: readonly ArchivedFile[]): Promise<void> {
  try {
    const found = readTar(gunzipSync(await readFile(partial)));
    const same =
      found.length === wanted.length &&
      wanted.every(({ name, content }, at) => found[at]?.name === name && found[at].content.equals(content));
    if (!same) throw new Error('it reads back as something else');
  } catch (error) {
    throw new Fault({
      code: 'bundle.damaged',
      message: `The archive was written and did not come back as it was: ${error instanceof Error ? error.message : String(error)}. It was removed.`,
      where: partial,
      exit: 'failed',
      next: ['write it to another disk'],
    });
  }
}
