// A lab for measurements: the product's own lab code, bundled, and the built program beside it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';

/** Modules of the lab, as one import. */
async function labModules(folder) {
  const outfile = join(folder, 'lab.mjs');
  const lab = fileURLToPath(new URL('../../src/lab', import.meta.url));
  await build({
    stdin: {
      contents: ['lab-up', 'lab-break', 'faults', 'until']
        .map((name) => `export * from ${JSON.stringify(`${lab}/${name}.ts`)};`)
        .join('\n'),
      resolveDir: lab,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return await import(pathToFileURL(outfile).href);
}

/**
 * Starts a lab with change data capture.
 * @param {{ name: string, program: string, cdc?: false | 'real' | 'stand-in', docker?: boolean, etl?: boolean }} options
 */
export async function startLab({ name, program, cdc = 'stand-in', docker = false, etl = false }) {
  const folder = await mkdtemp(join(tmpdir(), 'esr-ops-lab-'));
  const modules = await labModules(folder);
  const stateDir = join(folder, 'state');
  const say = () => undefined;
  const lab = await modules.labUp({
    name,
    stateDir,
    program: [process.execPath, program],
    say,
    cdc,
    docker,
    etl,
    owned: true,
    rowsPerSecond: 4,
    perSecond: 5,
  });
  const env = { HOME: folder, XDG_STATE_HOME: folder, NO_COLOR: '1', LANG: 'C.UTF-8' };
  /** Runs the program in the lab's environment. */
  const ops = async (args, options = {}) => {
    const from = performance.now();
    const ended = await execa(
      process.execPath,
      [program, ...args, '--state-dir', stateDir, '--env', options.env ?? `lab-${name}`],
      { env: { PATH: process.env.PATH, ...env }, extendEnv: false, reject: false, stdin: 'ignore' },
    );
    return { ...ended, ms: performance.now() - from };
  };
  /** The same with JSON lines: the payload of the record with this code. */
  const hear = async (args, code) => {
    const ended = await ops([...args, '--output', 'json']);
    const records = ended.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    return { ...ended, payload: records.find((record) => record.code === code)?.payload, records };
  };
  return {
    lab,
    modules,
    which: { name, stateDir, say },
    ops,
    hear,
    async end() {
      await lab.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
