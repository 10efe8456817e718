import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programFile } from './program.ts';

/** The built program, started so that it writes down what it loads. */
export interface TracedProgram {
  /** `bin/esr-ops.mjs`. */
  readonly file: string;
  /** `node` arguments that switch the writing down on; the file's name is in ESR_OPS_IMPORT_LOG. */
  readonly nodeArgs: readonly string[];
  /** The program's own modules that were loaded, as paths like `src/apply/applier.ts`. */
  imports(log: string): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** What the bundler says of each file that it wrote, by its path: the modules that are in it. */
interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>;
}

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

/**
 * The program as it is built, and a hook that notes each of its files. The bundler puts modules into one file only if
 * whatever loads one of them loads all of them: the files tell exactly which modules were loaded.
 */
export async function tracedProgram(): Promise<TracedProgram> {
  const root = join(dirname(programFile()), '..');
  const { outputs } = JSON.parse(await readFile(join(root, 'metafile.json'), 'utf8')) as Metafile;
  const modules = new Map(
    Object.entries(outputs).map(([path, { inputs }]) => [
      pathToFileURL(join(root, 'dist', path.slice(path.lastIndexOf('dist/') + 5))).href,
      Object.keys(inputs).filter((input) => input.startsWith('src/')),
    ]),
  );
  const folder = await mkdtemp(join(tmpdir(), 'esr-ops-traced-'));
  await writeFile(join(folder, 'register.mjs'), registerHook);
  await writeFile(join(folder, 'hook.mjs'), hook);
  return {
    file: programFile(),
    nodeArgs: ['--import', pathToFileURL(join(folder, 'register.mjs')).href],
    async imports(log) {
      const urls = new Set((await readFile(log, 'utf8')).split('\n'));
      return [...urls].flatMap((url) => modules.get(url) ?? []).sort();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
