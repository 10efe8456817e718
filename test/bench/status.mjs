// `esr-ops status` with every service up, and with each one dead, beside the slowest single probe: the same program that
// looks at one part only (`--only`). What it costs to look at everything is then what parallel looks leave over.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { startLab } from './lab.mjs';
import { builtProgram } from './recreate.mjs';

const parts = ['mysql', 'maxwell', 'broker', 'exchange', 'vhost', 'queues'];

/** Accepts and never says a word. */
async function silent() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    end: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** The lab's environment in the states that are measured. */
function states(environment, port) {
  const { rabbitmq, mysql, cdc } = environment;
  const to = (at) => ({
    mysql: { ...environment, mysql: { ...mysql, port: at } },
    management: { ...environment, rabbitmq: { ...rabbitmq, management: `http://127.0.0.1:${at}` } },
    amqp: { ...environment, rabbitmq: { ...rabbitmq, amqp: `amqp://127.0.0.1:${at}` } },
  });
  const control = { ...cdc.control, status: { command: ['sleep', '60'] } };
  return {
    'all up': environment,
    ...Object.fromEntries(Object.entries(to(1)).map(([what, changed]) => [`${what} refuses`, changed])),
    ...Object.fromEntries(Object.entries(to(port)).map(([what, changed]) => [`${what} hangs`, changed])),
    "CDC's command hangs": { ...environment, cdc: { ...cdc, control } },
  };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * @param {{ program: string, rounds: number, say: (line: string) => void }} options
 */
export async function measureStatus({ program, rounds, say }) {
  const scene = await startLab({ name: 'status', program });
  const hanging = await silent();
  try {
    await scene.ops(['vhost', 'capture', '--yes']);
    const { environments } = parse(await readFile(scene.lab.files.config, 'utf8'));
    const results = [];
    say('| services | whole screen (ms) | slowest single probe (ms) | ratio |');
    say('| --- | ---: | ---: | ---: |');
    for (const [state, environment] of Object.entries(states(Object.values(environments)[0], hanging.port))) {
      const file = join(scene.lab.files.folder, 'bench.yaml');
      await writeFile(file, stringify({ version: 1, environments: { bench: environment } }), { mode: 0o600 });
      const timed = async (...args) => (await scene.ops(['status', ...args, '--config', file], { env: 'bench' })).ms;
      const whole = [];
      const single = Object.fromEntries(parts.map((part) => [part, []]));
      // Side by side in one round, so that what else the machine does falls on all of them.
      for (let round = 0; round < rounds; round += 1) {
        for (const part of parts) single[part].push(await timed('--only', part));
        whole.push(await timed());
      }
      const [slowest, slowestMs] = parts.map((part) => [part, median(single[part])]).sort(([, a], [, b]) => b - a)[0];
      const wholeMs = median(whole);
      results.push({ state, wholeMs, slowestMs, ratio: wholeMs / slowestMs });
      say(
        `| ${state} | ${Math.round(wholeMs)} | ${Math.round(slowestMs)} (${slowest}) | ${(wholeMs / slowestMs).toFixed(2)} |`,
      );
    }
    const worst = Math.max(...results.map(({ ratio }) => ratio));
    say(
      `status: worst ratio ${worst.toFixed(2)} (aim 1.3), slowest screen ${Math.round(Math.max(...results.map(({ wholeMs }) => wholeMs)))} ms (aim 2000)`,
    );
    return results;
  } finally {
    hanging.end();
    await scene.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await measureStatus({
    program: process.argv[2] ?? builtProgram,
    rounds: Number(process.argv[3] ?? 5),
    say: (line) => process.stdout.write(`${line}\n`),
  });
