import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import amqplib from 'amqplib';
import { build } from 'esbuild';

/**
 * Drain and restore beside the obvious alternatives, on one private broker: messages of 500 bytes, persistent, over ten
 * durable queues. MESSAGES sets how many (200,000), ROUNDS how often (3). Prints medians and ratios of the rounds.
 */
/* global setInterval, clearInterval, fetch */
const total = Number(process.env.MESSAGES ?? 200_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const say = (line) => process.stdout.write(`${line}\n`);
const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const queues = Array.from({ length: 10 }, (_, index) => `bench.${index}`);
const each = Math.floor(total / queues.length);

const dir = await mkdtemp(join(tmpdir(), 'esr-ops-bench-'));
const entry = `
export { startRabbit } from './src/lab/rabbitmq-node.ts';
export { drainQueues } from './src/services/messages/drain-writer.ts';
export { restoreDrain } from './src/services/messages/restore-writer.ts';
export { readManifest } from './src/services/messages/manifest-reader.ts';
export { countRecords } from './src/services/messages/count-records.ts';
`;
const file = join(dir, 'parts.mjs');
await build({
  stdin: { contents: entry, resolveDir: process.cwd(), loader: 'ts' },
  outfile: file,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
const parts = await import(pathToFileURL(file).href);
const peers = { publisher: barePublisher, consumer: bareConsumer };
const given = process.argv[3] === undefined ? {} : JSON.parse(process.argv[3]);
if (process.argv[2] === 'peer') process.stdout.write(JSON.stringify({ rate: await peers[given.peer](given.url) }));
else if (process.argv[2] !== undefined) await part(process.argv[2], given);
else await main();
await rm(dir, { recursive: true, force: true });

async function main() {
  await mkdir(join(dir, 'r'));
  const broker = await parts.startRabbit({ dir: join(dir, 'r'), labId: `bench-${randomBytes(3).toString('hex')}` });
  const figures = new Map();
  const note = (name, figure) => {
    const one = typeof figure === 'number' ? { rate: figure } : figure;
    figures.set(name, [...(figures.get(name) ?? []), one]);
  };
  const present = spawnSync('amqp-consume', ['--help']).error === undefined;
  say(
    `machine: ${availableParallelism()} processors, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; ${total} messages`,
  );
  try {
    const url = `${broker.amqpUrl.replace('amqp://', `amqp://${broker.user}:${broker.password}@`)}/%2F`;
    const connection = await amqplib.connect(url);
    const channel = await connection.createChannel();
    for (const queue of queues) await channel.assertQueue(queue, { durable: true });
    const access = {
      amqp: broker.amqpUrl,
      management: broker.managementUrl,
      user: broker.user,
      password: broker.password,
    };
    const purge = async () => {
      for (const queue of queues) await channel.purgeQueue(queue);
    };
    await barePublisher(url); // warms the broker up
    await purge();
    // Each round has every peer once: what else loads the machine then loads all of them.
    for (let round = 0; round < rounds; round += 1) {
      const to = join(dir, `drain-${round}`);
      note('bare confirm publisher', await own('peer', { peer: 'publisher', url }));
      note('bare consumer', await own('peer', { peer: 'consumer', url }));
      await barePublisher(url);
      note('drain', await own('drain', { ...access, to }));
      note('restore', await own('restore', { ...access, to }));
      note('management API get', await managementGet(broker));
      if (present) note('amqp-consume', await amqpConsume(url));
      await purge();
      await rm(to, { recursive: true, force: true });
      say(
        `round ${round + 1}: ${[...figures].map(([name, all]) => `${name} ${Math.round(all.at(-1).rate)}/s`).join(', ')}`,
      );
    }
    await connection.close();
    const ratio = (name, peer) => {
      const peers = figures.get(peer);
      const all = figures.get(name).map(({ rate }, round) => rate / (peers?.[round]?.rate ?? NaN));
      return peers === undefined ? 'NOT RUN' : median(all).toFixed(2);
    };
    const most = (name, what) => Math.max(...figures.get(name).map((one) => one[what]));
    for (const [name, all] of figures) {
      say(`${name.padEnd(26)} ${Math.round(median(all.map(({ rate }) => rate)))} messages/s (median of ${rounds})`);
    }
    if (!present) say('amqp-consume               NOT RUN: apt-get install amqp-tools');
    say(`drain / bare consumer      ${ratio('drain', 'bare consumer')} (aim 0.8)`);
    say(`drain / amqp-consume       ${ratio('drain', 'amqp-consume')} (aim 20)`);
    say(`drain / management API get ${ratio('drain', 'management API get')} (aim 3)`);
    say(`restore / bare publisher   ${ratio('restore', 'bare confirm publisher')} (aim 0.9)`);
    say(
      `peak memory                drain ${most('drain', 'memory')} MB, restore ${most('restore', 'memory')} MB (aim < 300)`,
    );
    say(`processor                  drain ${most('drain', 'cpu')} s, restore ${most('restore', 'cpu')} s at most`);
  } finally {
    await broker.kill();
  }
}

/** A process of its own, so that its memory is its own and each begins cold: peers as well as ours. */
async function own(what, given) {
  const child = spawn(process.execPath, [process.argv[1], what, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MESSAGES: String(total) },
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text);
}

async function part(what, { amqp, management, user, password, to }) {
  const access = {
    amqp,
    management,
    user,
    password: async () => password,
    tls: {},
    timeoutMs: 10_000,
    slowTimeoutMs: 60_000,
  };
  let memory = 0;
  const watch = setInterval(() => (memory = Math.max(memory, process.memoryUsage().rss)), 20);
  const began = performance.now();
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  if (what === 'drain') {
    const list = queues.map((name) => ({
      name,
      kind: 'classic',
      exclusive: false,
      expected: each,
      expectedBytes: null,
      deliveryLimit: null,
    }));
    const outcome = await parts.drainQueues({ access, vhost: '/', queues: list, dir: to, clock });
    if (outcome.queues.some(({ drained }) => drained !== each)) throw new Error(JSON.stringify(outcome.queues));
  } else {
    const outcome = await parts.restoreDrain({ access, vhost: '/', dir: to });
    if (outcome.restored !== each * queues.length) throw new Error(JSON.stringify(outcome));
  }
  const seconds = (performance.now() - began) / 1000;
  clearInterval(watch);
  const { user: u, system } = process.resourceUsage() && process.cpuUsage();
  process.stdout.write(
    JSON.stringify({
      rate: (each * queues.length) / seconds,
      memory: Math.round(Math.max(memory, process.resourceUsage().maxRSS * 1024) / 1e6),
      cpu: Number(((u + system) / 1e6).toFixed(1)),
    }),
  );
}

async function barePublisher(url) {
  const connection = await amqplib.connect(url);
  const channel = await connection.createConfirmChannel();
  const body = Buffer.alloc(500, 'x');
  const began = performance.now();
  let open = 0;
  let wake = null;
  for (let number = 0; number < each; number += 1) {
    for (const queue of queues) {
      open += 1;
      channel.publish('', queue, body, { persistent: true, messageId: `${queue}:${number}` }, () => {
        open -= 1;
        if (wake !== null && open < 4000) {
          wake();
          wake = null;
        }
      });
    }
    if (open >= 8000) await new Promise((resolve) => (wake = resolve));
  }
  await channel.waitForConfirms();
  const rate = (each * queues.length) / ((performance.now() - began) / 1000);
  await connection.close();
  return rate;
}

async function bareConsumer(url) {
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  await channel.prefetch(4000);
  const began = performance.now();
  for (const queue of queues) {
    let count = 0;
    await new Promise((resolve) => {
      void channel.consume(
        queue,
        (message) => {
          count += 1;
          if (count % 500 === 0 || count === each) channel.ack(message, true);
          if (count === each) resolve();
        },
        { consumerTag: queue },
      );
    });
    await channel.cancel(queue);
  }
  const rate = (each * queues.length) / ((performance.now() - began) / 1000);
  await connection.close();
  return rate;
}

async function managementGet({ managementUrl, user, password }) {
  const began = performance.now();
  let count = 0;
  for (const queue of queues.slice(0, 2)) {
    for (;;) {
      const answer = await fetch(`${managementUrl}/api/queues/%2F/${queue}/get`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
        body: JSON.stringify({ count: 5000, ackmode: 'ack_requeue_false', encoding: 'base64' }),
      });
      const got = await answer.json();
      count += got.length;
      if (got.length === 0) break;
    }
  }
  return count / ((performance.now() - began) / 1000);
}

async function amqpConsume(url) {
  const count = Math.min(each, 1000);
  const began = performance.now();
  const options = ['--url', url, '--queue', queues[5], '--count', String(count), '--prefetch-count', '100'];
  const child = spawn('amqp-consume', [...options, 'cat'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let octets = 0;
  child.stdout.on('data', (chunk) => (octets += chunk.length));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0 || octets !== count * 500) throw new Error(`amqp-consume ended with ${code} after ${octets} octets`);
  return count / ((performance.now() - began) / 1000);
}
