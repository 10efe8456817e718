import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import amqplib from 'amqplib';
import { build } from 'esbuild';

/**
 * Drain and restore beside the obvious alternatives, on one private broker: messages of 500 bytes, persistent, over ten
 * durable queues. MESSAGES sets how many (200,000). Prints messages a second and ratios.
 */
/* global setInterval, clearInterval, fetch */
const total = Number(process.env.MESSAGES ?? 200_000);
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
if (process.argv[2] === 'drain' || process.argv[2] === 'restore')
  await part(process.argv[2], JSON.parse(process.argv[3]));
else await main();
await rm(dir, { recursive: true, force: true });

async function main() {
  await mkdir(join(dir, 'r'));
  const broker = await parts.startRabbit({ dir: join(dir, 'r'), labId: `bench-${randomBytes(3).toString('hex')}` });
  const figures = {};
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
    await settle(barePublisher, url); // warms the broker up
    for (const queue of queues) await channel.purgeQueue(queue);

    figures['bare confirm publisher'] = await settle(barePublisher, url);
    figures['bare consumer'] = await settle(bareConsumer, url);
    await barePublisher(url);
    const drained = await own('drain', { ...access, to: join(dir, 'drain') });
    figures['drain'] = drained.rate;
    const restored = await own('restore', { ...access, to: join(dir, 'drain') });
    figures['restore'] = restored.rate;
    figures['bare consumer, again'] = await settle(bareConsumer, url);
    figures['bare confirm publisher, again'] = await settle(barePublisher, url);
    figures['management API get'] = await settle(managementGet, broker);
    figures['amqp-consume'] = await amqpConsume(url);
    await connection.close();
    const consumer = Math.max(figures['bare consumer'], figures['bare consumer, again']);
    const publisher = Math.max(figures['bare confirm publisher'], figures['bare confirm publisher, again']);
    for (const [name, rate] of Object.entries(figures)) {
      process.stdout.write(
        `${name.padEnd(32)} ${typeof rate === 'number' ? `${Math.round(rate)} messages/s` : rate}\n`,
      );
    }
    const ratio = (a, b) => (typeof b === 'number' ? (a / b).toFixed(2) : 'NOT RUN');
    process.stdout.write(
      [
        `drain / bare consumer           ${ratio(drained.rate, consumer)} (aim 0.8)`,
        `drain / amqp-consume            ${ratio(drained.rate, figures['amqp-consume'])} (aim 20)`,
        `drain / management API get      ${ratio(drained.rate, figures['management API get'])} (aim 3)`,
        `restore / bare publisher        ${ratio(restored.rate, publisher)} (aim 0.9)`,
        `memory of drain, restore        ${drained.memory} MB, ${restored.memory} MB (aim < 300)`,
        `processor of drain, restore     ${drained.cpu} s, ${restored.cpu} s`,
        '',
      ].join('\n'),
    );
  } finally {
    await broker.kill();
  }
}

async function settle(run, argument) {
  const rate = await run(argument);
  return rate;
}

/** A process of its own, so that its memory is its own. */
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
      cpu: ((u + system) / 1e6).toFixed(1),
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
  if (spawnSync('amqp-consume', ['--help']).error !== undefined) return 'NOT RUN (apt-get install amqp-tools)';
  const count = Math.min(each, 2000);
  const began = performance.now();
  const child = spawn('amqp-consume', [
    '--url',
    url,
    '--queue',
    queues[5],
    '--count',
    String(count),
    '--prefetch-count',
    '100',
    'true',
  ]);
  await new Promise((resolve) => child.once('close', resolve));
  return count / ((performance.now() - began) / 1000);
}
