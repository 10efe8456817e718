import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Bundles a program written in TypeScript next to the test, so that plain Node can run it, until the test ends. Returns its path. */
export async function bundledChild(source: string, name: string): Promise<string> {
  const outfile = join(root, 'build', 'test-children', `${name}-${randomBytes(6).toString('hex')}.mjs`);
  onTestFinished(() => rm(outfile, { force: true }));
  await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
