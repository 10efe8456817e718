import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Starts a private broker of the lab's in a folder; `kill()` ends it. */
export async function startBroker(folder) {
  const bundled = join(folder, 'rabbitmq-node.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/lab/rabbitmq-node.ts', import.meta.url))],
    outfile: bundled,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const { startRabbit } = await import(pathToFileURL(bundled).href);
  await mkdir(join(folder, 'r'), { mode: 0o700 });
  return await startRabbit({ dir: join(folder, 'r'), labId: `bench-${process.pid}` });
}
