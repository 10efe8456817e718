import { lstat, mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { CaptureManifest, CaptureVerdict } from '../../core/capture.ts';
import { Fault } from '../../core/fault.ts';
import { canonicalJson, sha256, type Json } from '../../core/json.ts';
import { splitSecrets } from '../../core/parameter-secrets.ts';
import type { CaptureReader, CaptureWriter } from '../../core/ports.ts';
import { contentDigest } from '../../core/verdict.ts';
import type { VhostSnapshot } from '../../core/vhost.ts';
import { contentOf, countsOf } from './capture-content.ts';
import { damaged, systemTrouble } from './capture-fault.ts';
import { captureFolder, manifestName, secretsName } from './capture-layout.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { ensureFolder } from '../state/folders.ts';
import { createCaptureReader } from './reader.ts';
import { sealBox } from './secret-box.ts';

/** How captures are written. */
export interface CaptureWriterOptions {
  /** What happens to secret values in parameters; `encrypt` needs a key. */
  readonly secrets: 'encrypt' | 'omit';
  readonly secretKey: (() => Promise<string>) | null;
  /** Free bytes of the disk that holds a folder; another one in tests. */
  readonly freeBytes?: (dir: string) => Promise<number>;
  /** Writes one file durably; another one in tests. */
  readonly write?: (path: string, content: string) => Promise<void>;
}

const temporary = '.writing-';
/** What is kept free besides twice the capture, so that the journal of the run still fits. */
const reserveBytes = 16 * 2 ** 20;

/**
 * Writes captures into `dir` (`<stateDir>/<environment>/captures`, made when it isn't there). A capture is written
 * beside its place, synced, moved there in one step and read back; what failed half-way is taken away.
 */
export function createCaptureWriter(dir: string, options: CaptureWriterOptions): CaptureWriter {
  const put = options.write ?? writeDurably;
  const reader = createCaptureReader(dir, options.secretKey);

  return {
    write: async (id, snapshot, verdict) => {
      const folder = captureFolder(dir, id);
      const { files, manifest } = await prepare(id, snapshot, verdict, options);
      await ensureFolder(dir);
      if (await isThere(folder)) throw new Fault(existing(id, folder));
      await removeLeftovers(dir);
      await checkSpace(dir, files, options.freeBytes ?? freeBytes);
      const beside = join(dir, `${temporary}${id}-${randomBytes(4).toString('hex')}`);
      try {
        await guarded(beside, () => mkdir(beside, { mode: 0o700 }));
        for (const [name, content] of [...files, [manifestName, manifest] as const]) {
          await guarded(join(beside, name), () => put(join(beside, name), content));
        }
        await guarded(beside, () => syncFolder(beside));
        await guarded(folder, () => rename(beside, folder));
        await guarded(dir, () => syncFolder(dir));
      } catch (error) {
        await rm(beside, { recursive: true, force: true });
        throw error;
      }
      return await readBack(reader, id, folder, snapshot, manifest);
    },
  };
}

async function prepare(
  id: string,
  snapshot: VhostSnapshot,
  verdict: CaptureVerdict,
  options: CaptureWriterOptions,
): Promise<{ readonly files: ReadonlyMap<string, string>; readonly manifest: string }> {
  const { parameters, secrets } = splitSecrets(snapshot.definitions.parameters);
  const bare: VhostSnapshot = { ...snapshot, definitions: { ...snapshot.definitions, parameters } };
  const files = new Map<string, string>();
  for (const [name, content] of Object.entries(contentOf(bare)))
    files.set(name, `${JSON.stringify(content, null, 1)}\n`);
  const items = Object.keys(secrets).sort();
  const kept = items.length === 0 ? 'none' : options.secrets === 'encrypt' ? 'encrypted' : 'omitted';
  if (kept === 'encrypted') {
    if (options.secretKey === null) throw new Fault(noKey());
    files.set(secretsName, await sealBox(JSON.stringify(secrets), await options.secretKey(), id));
  }
  const manifest: CaptureManifest = {
    format: 1,
    id,
    vhost: snapshot.vhost,
    takenAt: snapshot.takenAt,
    state: snapshot.status.state,
    broker: { version: snapshot.broker.version, clusterName: snapshot.broker.clusterName },
    counts: countsOf(snapshot),
    verdict,
    contentDigest: contentDigest(snapshot),
    files: [...files].map(([name, content]) => ({ name, bytes: Buffer.byteLength(content), sha256: sha256(content) })),
    secrets: { kept, items },
  };
  return { files, manifest: `${JSON.stringify(manifest, null, 1)}\n` };
}

/** A capture that does not read back as what it was made from is taken away: it must never be relied on. */
async function readBack(
  reader: CaptureReader,
  id: string,
  folder: string,
  snapshot: VhostSnapshot,
  manifest: string,
): Promise<CaptureManifest> {
  try {
    const read = await reader.load(id, 'with');
    const wanted = read.manifest.secrets.kept === 'omitted' ? withoutSecrets(snapshot) : snapshot;
    if (canonical(read.snapshot) !== canonical(wanted)) throw damaged(folder, 'reads back with another content');
    if (canonical(read.manifest) !== canonical(JSON.parse(manifest))) {
      throw damaged(join(folder, manifestName), 'reads back with another content');
    }
    return read.manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function withoutSecrets(snapshot: VhostSnapshot): VhostSnapshot {
  const { parameters } = splitSecrets(snapshot.definitions.parameters);
  return { ...snapshot, definitions: { ...snapshot.definitions, parameters } };
}

function canonical(value: unknown): string {
  return canonicalJson(value as Json);
}

async function checkSpace(
  dir: string,
  files: ReadonlyMap<string, string>,
  free: (dir: string) => Promise<number>,
): Promise<void> {
  const needed = [...files.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0) * 2 + reserveBytes;
  const there = await free(dir);
  if (there >= needed) return;
  throw new Fault({
    code: 'capture.no-space',
    message: `There is not enough room for a capture in ${dir}: ${there} bytes are free and ${needed} are needed.`,
    where: dir,
    next: ['make room on that disk, or name another folder with --state-dir', 'esr-ops runs purge'],
    exit: 'blocked',
  });
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** A folder that an earlier program was killed in the middle of. One of another that still writes is younger. */
async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.startsWith(temporary)) continue;
    const stat = await lstat(join(dir, name)).catch(() => null);
    if (stat !== null && Date.now() - stat.mtimeMs > 3_600_000)
      await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const full = ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code));
    throw new Fault({
      code: full ? 'capture.no-space' : 'capture.not-written',
      message: `The capture was not written: ${path} ${systemTrouble(error)}.`,
      where: path,
      next: ['make room on that disk, or name another folder with --state-dir'],
      exit: full ? 'blocked' : 'failed',
    });
  }
}

function existing(id: string, where: string): Fault['problems'][0] {
  return {
    code: 'capture.exists',
    message: `There is a capture ${id} already; it is never overwritten.`,
    where,
    next: ['esr-ops vhost capture'],
    exit: 'failed',
  };
}

function noKey(): Fault['problems'][0] {
  return {
    code: 'capture.no-key',
    message: 'The vhost has parameters with passwords, which are to be encrypted, but no key is configured.',
    next: ['set capture.key in the configuration', 'or set capture.secrets to omit'],
    exit: 'usage',
  };
}
