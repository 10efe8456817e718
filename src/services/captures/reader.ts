import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture, CaptureManifest } from '../../core/capture.ts';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/json.ts';
import { readJson } from '../../core/read-json.ts';
import { joinSecrets } from '../../core/parameter-secrets.ts';
import type { CaptureReader } from '../../core/ports.ts';
import { shapeWords } from '../../core/shape-words.ts';
import type { VhostSnapshot } from '../../core/vhost.ts';
import { contentDigest } from '../../core/verdict.ts';
import { secretsShape, snapshotOf } from './capture-content.ts';
import { damaged, systemTrouble } from './capture-fault.ts';
import { captureFolder, isCaptureId, manifestName, manifestSchema, secretsName } from './capture-layout.ts';
import { checkOwnFolder, readOwnFile } from './own-file.ts';
import { openBox } from './secret-box.ts';

/**
 * Reads captures in `dir` (`<stateDir>/<environment>/captures`; may not exist yet). `secretKey` gives the key of
 * encrypted secrets, null where none is configured: the marks then stay in the parameters. `owner` is the user id that
 * files must belong to; default the process's.
 */
export function createCaptureReader(
  dir: string,
  secretKey: (() => Promise<string>) | null,
  owner: number | null = process.getuid?.() ?? null,
): CaptureReader {
  const readManifest = async (id: string): Promise<CaptureManifest> => {
    const folder = captureFolder(dir, id);
    await checkOwnFolder(folder, owner);
    const path = join(folder, manifestName);
    const parsed = manifestSchema.safeParse(jsonOf(await readOwnFile(path, owner), path));
    if (!parsed.success) {
      throw damaged(path, `has another format (${shapeWords(parsed.error.issues[0])})`);
    }
    if (parsed.data.id !== id) throw damaged(path, `is that of another capture (${parsed.data.id})`);
    return parsed.data;
  };
  const readFiles = async (manifest: CaptureManifest): Promise<ReadonlyMap<string, Buffer>> => {
    const files = new Map<string, Buffer>();
    for (const { name, bytes, sha256: digest } of manifest.files) {
      const path = join(captureFolder(dir, manifest.id), name);
      const content = await readOwnFile(path, owner);
      if (content.length !== bytes) throw damaged(path, `has ${content.length} bytes instead of ${bytes}`);
      if (sha256(content) !== digest) throw damaged(path, 'has another content than when it was written (sha256)');
      files.set(name, content);
    }
    return files;
  };

  return {
    list: async (vhost) => {
      const manifests: CaptureManifest[] = [];
      const bad: { id: string; why: string }[] = [];
      for (const id of (await captureIds(dir)).sort().reverse()) {
        try {
          const manifest = await readManifest(id);
          if (manifest.vhost !== vhost) continue;
          await readFiles(manifest);
          manifests.push(manifest);
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          bad.push({ id, why: error.message });
        }
      }
      return { manifests, damaged: bad };
    },
    load: async (id, secretsWanted): Promise<Capture> => {
      const path = captureFolder(dir, id);
      if (!(await exists(path))) {
        throw new Fault({
          code: 'capture.absent',
          message: `There is no capture ${id}.`,
          where: path,
          next: ['esr-ops vhost capture'],
          exit: 'usage',
        });
      }
      const manifest = await readManifest(id);
      const files = await readFiles(manifest);
      const snapshot = snapshotOf(
        (name) => jsonOf(files.get(name), join(path, name)),
        (name) => damaged(join(path, name), 'has another format'),
      );
      if (snapshot.vhost !== manifest.vhost || contentDigest(snapshot) !== manifest.contentDigest) {
        throw damaged(join(path, manifestName), 'does not belong to the files beside it (content digest)');
      }
      if (manifest.secrets.kept !== 'encrypted' || secretsWanted === 'without') return { manifest, snapshot, path };
      if (secretKey === null) throw noKey(id, path);
      const secretsPath = join(path, secretsName);
      const secrets = await decrypted(jsonOf(files.get(secretsName), secretsPath), await secretKey(), id, secretsPath);
      return { manifest, snapshot: withSecrets(snapshot, secrets), path };
    },
  };
}

function noKey(id: string, path: string): Fault {
  return new Fault({
    code: 'capture.no-key',
    message: `The secrets of the capture ${id} are encrypted, and no key is configured.`,
    where: path,
    next: ['set capture.key in the configuration to the key that was configured when the capture was taken'],
    exit: 'usage',
  });
}

/** The snapshot with secret values in the places of their marks. */
export function withSecrets(snapshot: VhostSnapshot, secrets: Parameters<typeof joinSecrets>[1]): VhostSnapshot {
  const parameters = joinSecrets(snapshot.definitions.parameters, secrets);
  return { ...snapshot, definitions: { ...snapshot.definitions, parameters } };
}

async function decrypted(
  box: unknown,
  key: string,
  id: string,
  path: string,
): Promise<Parameters<typeof joinSecrets>[1]> {
  const opened = await openBox(box, key, id);
  if (opened === 'foreign') throw damaged(path, 'has another format');
  if (opened === 'wrong-key') {
    throw new Fault({
      code: 'capture.wrong-key',
      message: `The secrets of the capture ${id} do not open with the configured key.`,
      where: path,
      next: ['set capture.key in the configuration to the key that was configured when the capture was taken'],
      exit: 'usage',
    });
  }
  const parsed = secretsShape.safeParse(jsonOf(Buffer.from(opened.text), path));
  if (!parsed.success) throw damaged(path, 'has another format');
  return parsed.data;
}

function jsonOf(bytes: Buffer | undefined, path: string): unknown {
  if (bytes === undefined) throw damaged(path, 'is not in the manifest');
  try {
    return readJson(bytes.toString('utf8'));
  } catch {
    throw damaged(path, 'is not JSON');
  }
}

async function captureIds(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter(isCaptureId);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Fault({
      code: 'capture.unreadable',
      message: `The folder of captures ${dir} ${systemTrouble(error)}.`,
      where: dir,
      next: ['check the owner and the mode of the state directory'],
      exit: 'failed',
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
