import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Json } from '../../src/core/json.ts';

/** The program with each module in a file of its own, started so that it writes down what it imports. */
export interface Unbundled {
  /** `bin/esr-ops.mjs`. */
  readonly file: string;
  /** `node` arguments that switch the writing down on; the file's name is in ESR_OPS_IMPORT_LOG. */
  readonly nodeArgs: readonly string[];
  /** The program's own modules that were imported, as paths like `src/apply/applier.ts`. */
  imports(log: string): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

const registerHook = `import { register } from 'node:module';
register('./hook.mjs', import.meta.url);
`;
const hook = `import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  appendFileSync(process.env.ESR_OPS_IMPORT_LOG, found.url + '\\n');
  return found;
}
`;

/** Compiles the program module by module, with its runbooks' index, into a private folder. */
export async function unbundled(): Promise<Unbundled> {
  // Inside the project, so that its packages are found from there.
  const folder = await mkdtemp(join(root, 'node_modules/.unbundled-'));
  const dist = join(folder, 'dist');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: join(root, 'src'), outDir: dist, noCheck: true },
      include: [join(root, 'src')],
      exclude: [],
    }),
  );
  await execa(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  const { runbookIndex, scenarioIndex, signatureIndex } = (await import(
    pathToFileURL(join(dist, 'index-runbooks.js')).href
  )) as {
    readonly runbookIndex: (folder: string) => Promise<Json>;
    readonly scenarioIndex: (file: string) => Promise<Json>;
    readonly signatureIndex: (file: string) => Promise<Json>;
  };
  await writeFile(join(dist, 'runbooks.json'), JSON.stringify(await runbookIndex(join(root, 'runbooks'))));
  const signatures = await signatureIndex(join(root, 'runbooks', 'signatures.yaml'));
  await writeFile(join(dist, 'signatures.json'), JSON.stringify(signatures));
  const scenarios = await scenarioIndex(join(root, 'runbooks', 'scenarios.yaml'));
  await writeFile(join(dist, 'scenarios.json'), JSON.stringify(scenarios));
  for (const part of ['bin', 'runbooks', 'package.json'])
    await cp(join(root, part), join(folder, part), { recursive: true });
  await writeFile(join(folder, 'register.mjs'), registerHook);
  await writeFile(join(folder, 'hook.mjs'), hook);
  const base = `${pathToFileURL(dist).href}/`;
  return {
    file: join(folder, 'bin', 'esr-ops.mjs'),
    nodeArgs: ['--import', pathToFileURL(join(folder, 'register.mjs')).href],
    async imports(log) {
      const urls = new Set((await readFile(log, 'utf8')).split('\n'));
      return [...urls]
        .filter((url) => url.startsWith(base))
        .map((url) => `src/${url.slice(base.length).replace(/\.js$/, '.ts')}`)
        .sort();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
