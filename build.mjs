import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the program into dist/ with heavy clients in chunks of their own, checks every runbook and writes their
 * index, so that help and version load neither YAML nor zod nor CEL. With a folder as argument: a whole program
 * there, for tests that must not depend on what dist/ happens to hold.
 */
const into = process.argv[2] ?? '.';
const dist = join(into, 'dist');
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
const common = { bundle: true, platform: 'node', target: 'node20.19', format: 'esm', banner, logLevel: 'warning' };

await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  entryPoints: ['src/main.ts'],
  outdir: dist,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  minifySyntax: true,
  metafile: true,
});
await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(metafile.inputs)));

const indexer = join(dist, 'index-runbooks.mjs');
await mkdir(dist, { recursive: true });
await build({ ...common, entryPoints: ['src/index-runbooks.ts'], outfile: indexer });
const { runbookIndex, scenarioIndex, signatureIndex } = await import(pathToFileURL(indexer).href);
await writeFile(join(dist, 'runbooks.json'), JSON.stringify(await runbookIndex('runbooks')));
await writeFile(join(dist, 'signatures.json'), JSON.stringify(await signatureIndex('runbooks/signatures.yaml')));
await writeFile(join(dist, 'scenarios.json'), JSON.stringify(await scenarioIndex('runbooks/scenarios.yaml')));

await rm(indexer);
if (into !== '.') {
  for (const part of ['bin', 'runbooks', 'package.json']) await cp(part, join(into, part), { recursive: true });
  await writeFile(join(into, 'metafile.json'), JSON.stringify(metafile));
}

/** The licences of everything that was bundled, as their terms want. */
async function licences(inputs) {
  const roots = new Set(
    inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter((root) => root),
  );
  const texts = [];
  for (const root of [...roots].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'LICENSE-MIT', 'License']
      .map((candidate) => join(root, candidate))
      .find((path) => existsSync(path));
    const text = file === undefined ? `(licence: ${license})` : await readFile(file, 'utf8');
    texts.push(`${name} ${version}\n${'-'.repeat(60)}\n${text.trim()}\n`);
  }
  return texts.join('\n\n');
}
