import { spawn } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../core/fault.ts';
import type { DockerEngine } from './docker-engine.ts';

/** Name of the image that a lab's containers are made of. */
export const labImage = 'esr-ops-lab:1';

/**
 * Makes an image of this machine's Node, the libraries that it needs, and this program, each at the path that it has
 * here: no image can be pulled on a closed network. Less than a second.
 */
export async function importLabImage(engine: DockerEngine, program: readonly string[]): Promise<void> {
  const launcher = program.at(-1) ?? '';
  const libraries = await librariesOf(process.execPath);
  // The program's folder holds `bin` and `dist`; all else there is none of the image's business.
  const own = launcher.endsWith('/bin/esr-ops.mjs')
    ? ['bin', 'dist', 'package.json'].map((name) => join(dirname(dirname(launcher)), name))
    : [launcher];
  const files = [process.execPath, ...libraries, ...own].map((path) => relative('/', path));
  const tar = spawn('tar', ['--create', '--dereference', '--file', '-', '--directory', '/', '--', ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  tar.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const packed = new Promise<number | null>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', resolve);
  });
  const [code, imported] = await Promise.all([
    packed,
    execa(engine.client, ['--host', engine.endpoint, 'import', '-', labImage], {
      input: tar.stdout,
      reject: false,
      timeout: 120_000,
    }),
  ]);
  if (code === 0 && !imported.failed) return;
  throw new Fault({
    code: 'lab.no-image',
    message: `The lab could not make its image: ${said} ${imported.stderr}`,
    exit: 'failed',
  });
}

/** Paths of the shared libraries of a program, and of the loader. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await execa('ldd', [program]);
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}
