/**
 * Everything that the suite only samples: each crash point, hundreds of network faults, a hundred kills of the tool and
 * of the broker, a hundred times the hostile answers and files, a thousand times for positions. It takes hours; `npm run torture -- faults` runs one part. A seed
 * (ESR_OPS_SEED) makes each part the same again.
 */
import { spawn } from 'node:child_process';

/** How many crash points of each command; so many instead of all of them makes a shorter run. */
const points = process.env['ESR_OPS_CRASH'] ?? 'all';

const parts = {
  crash: {
    env: { ESR_OPS_CRASH: points },
    files: ['test/crash/kill-points.test.ts', 'test/crash/acknowledged.test.ts', 'test/crash/vhost-runbooks.test.ts'],
  },
  'crash-cdc': { env: { ESR_OPS_CRASH: points }, files: ['test/cdc'] },
  'crash-etl': {
    env: { ESR_OPS_CRASH: points },
    files: [
      'test/etl/recover.test.ts',
      'test/loads/docker-jobs.test.ts',
      'test/docker/program.test.ts',
      'test/components/restart.test.ts',
    ],
  },
  faults: { env: { ESR_OPS_FAULTS: process.env['ESR_OPS_FAULTS'] ?? '500' }, files: ['test/faults/network.test.ts'] },
  'far-faults': {
    env: { ESR_OPS_FAULTS: process.env['ESR_OPS_FAULTS'] ?? '150' },
    files: ['test/faults/far-services.test.ts'],
  },
  restarts: {
    env: { ESR_OPS_RESTARTS: process.env['ESR_OPS_RESTARTS'] ?? '20' },
    files: ['test/faults/restarts.test.ts'],
  },
  'crash-messages': { env: { ESR_OPS_CRASH: points }, files: ['test/message-commands/crash.test.ts'] },
  messages: {
    env: { KILLS: process.env['KILLS'] ?? '100' },
    files: ['test/messages', 'test/message-commands/kill.test.ts'],
  },
  hostile: {
    env: { ESR_OPS_FUZZ: process.env['ESR_OPS_FUZZ'] ?? '100' },
    files: ['test/hostile', 'test/fast/runbook'],
  },
  queues: {
    env: { ESR_OPS_QUEUES: process.env['ESR_OPS_QUEUES'] ?? '5000' },
    files: ['test/services/rabbitmq/recreate.test.ts'],
  },
  positions: { env: { ESR_OPS_SWEEP: process.env['ESR_OPS_SWEEP'] ?? '1000' }, files: ['test/binlog/sweep.test.ts'] },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`No part is named ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const results = [];
  for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
    const { env, files } = parts[name];
    const since = performance.now();
    const code = await vitest(files, env);
    results.push(
      `${code === 0 ? 'passed' : `FAILED (exit code ${code})`}  ${name}, ${Math.round((performance.now() - since) / 1000)} s`,
    );
    if (code !== 0) process.exitCode = 1;
  }
  process.stdout.write(`\n${results.join('\n')}\n`);
}

/** Runs the files one after another, so that time-outs are the product's and not those of a busy machine. */
function vitest(files, env) {
  const child = spawn('npx', ['vitest', 'run', '--maxWorkers=1', ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
