import { join } from 'node:path';
import type { DockerCaptureWriter } from '../../core/ports-docker-captures.ts';
import { syncFolder, writeDurably } from '../captures/durable-file.ts';
import { ensureFolder } from '../state/folders.ts';
import { sealBox } from '../captures/secret-box.ts';
import { createDockerCaptureReader } from './capture-reader.ts';
import { captureFile, withoutSecrets } from './capture-shape.ts';

/** Writes captures of Docker engines into `dir` (0700, made when it isn't there); `key` seals secrets, null leaves them out. */
export function createDockerCaptureWriter(dir: string, key: (() => Promise<string>) | null): DockerCaptureWriter {
  return {
    write: async (capture) => {
      await ensureFolder(dir);
      const parts = capture.containers.map((container) => ({ container, ...withoutSecrets(container.inspect) }));
      const containers = parts.map(({ container, inspect }) => ({ ...container, inspect }));
      const path = join(dir, captureFile(capture.id));
      if (key !== null) {
        const secrets = Object.fromEntries(parts.map(({ container, secrets: apart }) => [container.id, apart]));
        const sealed = await sealBox(JSON.stringify(secrets), await key(), capture.id);
        await writeDurably(path.replace(/\.json$/, '.secrets.json'), sealed);
      }
      await writeDurably(path, `${JSON.stringify({ format: 1, ...capture, containers }, null, 2)}\n`);
      await syncFolder(dir);
      await createDockerCaptureReader(dir).load(capture.id);
      return path;
    },
  };
}
