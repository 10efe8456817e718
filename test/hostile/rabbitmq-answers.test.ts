import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentDigest } from '../../src/core/verdict.ts';
import type { RabbitAccess } from '../../src/services/rabbitmq/access.ts';
import { createMessagesReader } from '../../src/services/messages/messages-reader.ts';
import { createRabbitReader } from '../../src/services/rabbitmq/reader.ts';
import { cases, eachCase, mutated, readOrRefused } from './fuzzing.ts';

const queue = {
  name: 'q',
  type: 'classic',
  durable: true,
  exclusive: false,
  messages: 1,
  messages_ready: 1,
  messages_unacknowledged: 0,
  message_bytes: 10,
  consumers: 1,
  arguments: { 'x-delivery-limit': 5 },
};
const exchange = { name: 'e', type: 'topic', durable: true, auto_delete: false, internal: false, arguments: {} };
const node = { name: 'rabbit@host', running: true, uptime: 1000, os_pid: '1', mem_alarm: true, disk_free_alarm: false };
const vhost = {
  name: 'esr',
  description: '',
  tags: ['a'],
  tracing: false,
  cluster_state: { 'rabbit@host': 'running' },
};
const binding = { source: 'e', destination: 'q', destination_type: 'queue', routing_key: '#', arguments: {} };
const policy = { name: 'p', pattern: '.*', 'apply-to': 'queues', priority: 0, definition: { 'max-length': 5 } };
const permission = { user: 'u', configure: '.*', write: '.*', read: '.*' };
const connection = {
  name: 'c',
  user: 'u',
  peer_host: '10.0.0.1',
  peer_port: 5,
  connected_at: 1_700_000_000_000,
  client_properties: { connection_name: 'x', product: 'y' },
};

/** What the broker says by path: the first whose pattern fits. */
const answers: readonly (readonly [RegExp, unknown])[] = [
  [/^\/api\/overview/, { product_name: 'RabbitMQ', rabbitmq_version: '3.10.8', cluster_name: 'c' }],
  [/^\/api\/nodes/, [node]],
  [/^\/api\/whoami/, { name: 'u', tags: ['administrator'] }],
  [/^\/api\/vhosts\/esr\/permissions/, [permission]],
  [/^\/api\/vhosts\/esr\/topic-permissions/, [{ user: 'u', exchange: 'e', write: '.*', read: '.*' }]],
  [/^\/api\/vhosts\/esr\/connections/, [connection]],
  [/^\/api\/vhosts\/esr\/channels/, [{ user: 'u', message_stats: { publish: 5, drop_unroutable: 1 } }]],
  [/^\/api\/vhosts\/esr/, vhost],
  [/^\/api\/vhosts/, [vhost]],
  [
    /^\/api\/definitions/,
    {
      queues: [queue],
      exchanges: [exchange],
      bindings: [binding],
      policies: [policy],
      parameters: [{ component: 'federation-upstream', name: 'f', value: { uri: 'amqp://a:b@c' } }],
    },
  ],
  [/^\/api\/vhost-limits/, [{ vhost: 'esr', value: { 'max-queues': 5 } }]],
  [/^\/api\/user-limits/, [{ user: 'u', value: { 'max-connections': 5 } }]],
  [/^\/api\/operator-policies/, [policy]],
  [/^\/api\/queues\/esr\?page/, { page_count: 1, items: [queue] }],
  [/^\/api\/queues/, [queue]],
  [/^\/api\/consumers/, [{ queue: { name: 'q' } }]],
  [/^\/api\/exchanges\/esr\/e\/bindings/, [binding]],
  [/^\/api\/exchanges\/esr\/e/, { type: 'topic', durable: true }],
  [/^\/api\/exchanges/, [exchange]],
];

type Reading = (
  reader: ReturnType<typeof createRabbitReader>,
  messages: ReturnType<typeof createMessagesReader>,
) => Promise<unknown>;

const readings = {
  overview: (reader) => reader.overview(),
  whoami: (reader) => reader.whoami(),
  vhosts: (reader) => reader.vhosts(),
  status: (reader) => reader.status('esr'),
  definitions: (reader) => reader.definitions('esr'),
  snapshot: async (reader) => contentDigest(await reader.snapshot('esr')),
  depths: (reader) => reader.depths('esr'),
  connections: (reader) => reader.connections('esr'),
  publishes: (reader) => reader.publishes('esr'),
  userLimits: (reader) => reader.userLimits('u'),
  deletionProtected: (reader) => reader.deletionProtected('esr'),
  canaries: (reader) => reader.canaries('esr'),
  exchange: (reader) => reader.exchange('esr', 'e'),
  alarms: (reader) => reader.alarms(),
  queues: (_, messages) => messages.queues('esr'),
  consumers: (_, messages) => messages.consumers('esr', ['q']),
} satisfies Record<string, Reading>;

/** How the answers to one path pattern are changed, by case: its number is the first segment of the path. */
const changes: { readonly pattern: number; readonly text: string }[] = [];
const server = createServer((request, response) => {
  const [, number = '', path = ''] = /^\/(\d*)(.*)$/.exec(request.url ?? '') ?? [];
  const changed = changes[Number(number)];
  const at = answers.findIndex(([pattern]) => pattern.test(path));
  const text = changed?.pattern === at ? changed.text : JSON.stringify(answers[at]?.[1] ?? { error: 'Not Found' });
  response.writeHead(at < 0 ? 404 : 200, { 'content-type': 'application/json' }).end(text);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function reading(
  number: number,
  name: keyof typeof readings,
): Promise<Awaited<ReturnType<typeof readOrRefused>>> {
  const access: RabbitAccess = {
    management: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${number}`,
    amqp: 'amqp://127.0.0.1:1',
    user: 'u',
    tls: {},
    timeoutMs: 10_000,
    slowTimeoutMs: 10_000,
    password: () => Promise.resolve('secret'),
  };
  const [reader, messages] = [createRabbitReader(access), createMessagesReader(access, '/nonexistent')];
  const read: Reading = readings[name];
  try {
    return await readOrRefused(() => read(reader, messages));
  } finally {
    await Promise.all([reader.close(), messages.close()]);
  }
}

const names = Object.keys(readings) as (keyof typeof readings)[];

test('every reading takes an untouched answer', async () => {
  for (const name of names) expect(await reading(999_999_999, name), name).toHaveProperty('value');
});

test('an answer that is changed anywhere is read or refused, never a bug and never a hang', async () => {
  const change = fc.record({ pattern: fc.nat(answers.length - 1), name: fc.constantFrom(...names) });
  const sampled = fc.sample(
    change.chain(({ pattern, name }) => mutated(answers[pattern]?.[1]).map((text) => ({ pattern, text, name }))),
    cases(500),
  );
  changes.push(...sampled);
  await eachCase(sampled, ({ name }, at) => reading(at, name));
});
