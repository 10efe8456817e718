import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Bundles the lab's launcher and returns the argv that starts it. */
export async function buildLauncher(): Promise<[string, ...string[]]> {
  // Inside the project, so that its packages are found from there.
  const folder = await mkdtemp(join(root, 'node_modules/.lab-launcher-'));
  const outfile = join(folder, 'launcher.mjs');
  await build({
    entryPoints: [join(root, 'test/support/lab-launcher.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return [process.execPath, outfile];
}
