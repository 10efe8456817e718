import { join } from 'node:path';
import type { DockerCaptureReader } from '../../core/ports-docker-captures.ts';
import { readOwnFile } from '../captures/own-file.ts';
import { captureFile, parseDockerCapture } from './capture-shape.ts';

/** Reads captures of Docker engines from `dir` (`<stateDir>/<environment>/docker`). */
export function createDockerCaptureReader(dir: string): DockerCaptureReader {
  return {
    load: async (id) => {
      const path = join(dir, captureFile(id));
      return parseDockerCapture((await readOwnFile(path, process.getuid?.() ?? null)).toString('utf8'), path);
    },
  };
}
