// `--version`, `--help` and `runbook list` beside a bare `node -e 0`, in turn, so that what loads the machine loads all.
import { performance } from 'node:perf_hooks';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtProgram } from './recreate.mjs';

/** Aims as ratios to the bare process. */
const aims = { '--version': 1.3, '--help': 1.6, 'runbook list': 2 };

function run(args) {
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - from);
      else reject(new Error(`node ${args.join(' ')} ended with ${code}`));
    });
  });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * @param {{ program: string, rounds: number, say: (line: string) => void }} options
 */
export async function measureStartup({ program, rounds, say }) {
  const commands = Object.keys(aims);
  const bare = [];
  const figures = new Map(commands.map((command) => [command, []]));
  await run(['-e', '0']);
  for (const command of commands) await run([program, ...command.split(' ')]);
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await run(['-e', '0']));
    for (const command of commands) figures.get(command).push(await run([program, ...command.split(' ')]));
  }
  say(`startup: bare node -e 0 ${median(bare).toFixed(0)} ms (median of ${rounds})`);
  for (const [command, times] of figures) {
    const ratio = median(times.map((ms, round) => ms / bare[round]));
    say(`startup: ${command} ${median(times).toFixed(0)} ms, ratio ${ratio.toFixed(2)} (aim ${aims[command]})`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await measureStartup({
    program: builtProgram,
    rounds: Number(process.env.ROUNDS ?? 30),
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
