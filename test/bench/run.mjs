// npm run bench [-- --queues N] [-- --rounds N] [-- --keys N] [-- --program FILE]: measures, prints figures and facts of the machine.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBroker } from './broker.mjs';
import { measureReconcile } from './reconcile.mjs';
import { builtProgram, measureRecreate } from './recreate.mjs';
import { measureListing } from './s3.mjs';
import { measureStartup } from './startup.mjs';
import { measureStatus } from './status.mjs';

const { values } = parseArgs({
  options: {
    queues: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '3' },
    program: { type: 'string', default: builtProgram },
    keys: { type: 'string', default: '1000000' },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);
const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};

const folder = await mkdtemp(join(tmpdir(), 'esr-ops-bench-'));
try {
  say(
    `machine: ${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)} (figures of a busy machine say little)`,
  );
  await measureStartup({ program: values.program, rounds: 20, say });
  const broker = await startBroker(folder);
  try {
    const queues = Number(values.queues);
    say(`recreate: ${queues} queues with a binding each; DELETE + PUT + POST definitions by curl, and vhost recreate`);
    const { program } = values;
    const results = await measureRecreate(broker, folder, { queues, rounds: Number(values.rounds), program, say });
    const [curlMs, programMs] = [median(results.curlMs), median(results.programMs)];
    const ratio = median(results.programMs.map((ms, round) => ms / results.curlMs[round]));
    say(
      `recreate: curl ${Math.round(curlMs)} ms, program ${Math.round(programMs)} ms, ratio ${ratio.toFixed(2)} (medians), peak memory ${Math.max(...results.peakMb)} MB`,
    );
  } finally {
    await broker.kill();
  }
  say('reconcile: a day of 100,000 and of 1,000,000 rows, beside the same SQL by hand');
  await mkdir(join(folder, 'reconcile'));
  await measureReconcile({ folder: join(folder, 'reconcile'), rows: 1_000_000, rounds: Number(values.rounds), say });
  say(`s3: a listing of ${values.keys} keys, 50 ms injected a page by a stand-in for the server`);
  const { ratio, peakMb, tenthPeakMb } = await measureListing(folder, { keys: Number(values.keys), say });
  say(
    `s3: ${ratio.toFixed(1)} times as fast as one page after the other; peak ${peakMb} MB, of a tenth ${tenthPeakMb} MB`,
  );
  say('status: every part of the interface at once, beside the slowest single probe');
  await measureStatus({ program: values.program, rounds: Number(values.rounds), say });
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const name of ['messages.mjs', 'binlog.mjs', 'growth.mjs']) {
  await new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL(name, import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: 'inherit' });
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
}
