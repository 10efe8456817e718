// How cost grows with queues, messages, binlog and keys: each at a hundredth, a tenth and the whole of what is measured
// elsewhere. Linear work costs ten times as much at each step, and what is flat stays.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBroker } from './broker.mjs';
import { builtProgram, measureRecreate } from './recreate.mjs';
import { measureListing } from './s3.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const steps = [100, 10, 1];

/** Runs another script of the bench and gives the lines that fit. */
async function linesOf(script, env, wanted) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return text.split('\n').filter((line) => wanted.test(line));
}

const folder = await mkdtemp(join(tmpdir(), 'esr-ops-growth-'));
try {
  const broker = await startBroker(folder);
  try {
    for (const part of steps) {
      const queues = 5_000 / part;
      const own = join(folder, `recreate-${queues}`);
      await mkdir(own);
      const options = { queues, rounds: 1, program: builtProgram, say: () => undefined };
      const { programMs, peakMb } = await measureRecreate(broker, own, options);
      say(`growth: recreate ${queues} queues: ${Math.round(programMs[0])} ms, peak ${peakMb[0]} MB`);
    }
  } finally {
    await broker.kill();
  }
  for (const part of steps) {
    const messages = 200_000 / part;
    const env = { MESSAGES: String(messages), ROUNDS: '1' };
    for (const line of await linesOf('messages.mjs', env, /^(drain|restore|peak memory) +\S+ /))
      say(`growth: ${messages} messages: ${line}`);
  }
  for (const part of steps) {
    const keys = 1_000_000 / part;
    const { ratio, peakMb } = await measureListing(folder, { keys, say: () => undefined });
    say(`growth: list ${keys} keys: ${ratio.toFixed(1)} times one page after the other, peak ${peakMb} MB`);
  }
  for (const files of [1, 10, 20]) {
    const env = { FILES: String(files), MEGABYTES: '50', ROUNDS: '1' };
    for (const line of await linesOf('binlog.mjs', env, /^(locate|preview)/)) say(`growth: ${files} × 50 MB: ${line}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
