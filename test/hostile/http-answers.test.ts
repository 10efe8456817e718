import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { createHealthReader } from '../../src/services/components/health.ts';
import { sendToWebhook } from '../../src/services/notify/webhook-writer.ts';
import { createReadTransport } from '../../src/services/rabbitmq/transport.ts';
import { createWriteTransport } from '../../src/services/rabbitmq/write-transport.ts';
import { createS3Reader } from '../../src/services/s3/reader.ts';
import { readOrRefused } from './fuzzing.ts';
import { misbehaviours, misbehavingServer, type MisbehavingServer } from './misbehaving-server.ts';

const timeoutMs = 250;
const secret = 'h0stile-Secret';
/** The limit of an answer, and what buffers between the two ends hold. */
const mostBytes = 48 * 2 ** 20;

let server: MisbehavingServer;
beforeEach(async () => {
  server = await misbehavingServer();
});
afterEach(() => server.close());

type Client = (url: string, ms: number) => Promise<unknown>;

const access = (management: string, ms: number) => ({
  management,
  amqp: 'amqp://127.0.0.1:1',
  user: 'u',
  tls: {},
  timeoutMs: ms,
  slowTimeoutMs: ms,
  password: () => Promise.resolve(secret),
});

const reads: Readonly<Record<string, Client>> = {
  'reads of RabbitMQ': async (url, ms) => {
    const transport = createReadTransport(access(url, ms));
    try {
      return await transport.get('/api/x');
    } finally {
      await transport.close();
    }
  },
  'changes of RabbitMQ': (url, ms) => createWriteTransport(access(url, ms)).send('PUT', '/api/x', { body: {} }),
  'reads of S3': async (endpoint, ms) => {
    const reader = createS3Reader(
      {
        settings: { endpoint, region: 'eu-west-2', pathStyle: true, tls: {}, parallel: 2, timeoutMs: ms },
        credentials: () => Promise.resolve({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: secret }),
      },
      'bucket',
    );
    try {
      const found = [];
      for await (const page of reader.list([{ prefix: 'a/', cuts: [] }])) found.push(...page);
      return found;
    } finally {
      reader.close();
    }
  },
};

/** What these give counts as an answer of the management API: nothing in it was ever asked for by a shape. */
const fine = new Set(['no content', 'an empty body', 'more than it announced', 'a compressed body that is none']);

describe.each(Object.entries(reads))('%s', (name, client) => {
  it.each(Object.entries(misbehaviours))('refuse %s', async (what, how) => {
    server.behave(how);
    const slow = /endless body|endless page/.test(what) ? 10_000 : timeoutMs;
    const ended = await readOrRefused(() => client(`http://127.0.0.1:${server.port}`, slow));
    if (!(name !== 'reads of S3' && fine.has(what))) expect(ended, JSON.stringify(ended)).toBeInstanceOf(Fault);
    if (ended instanceof Fault) {
      expect(JSON.stringify(ended.problems)).not.toMatch(new RegExp(`${secret}|hidden|\\u001b|\\u202e`));
      expect(ended.problems[0].next ?? [], 'a next command').not.toEqual([]);
    }
    expect(server.sent()).toBeLessThan(mostBytes);
  });
});

describe('a webhook', () => {
  it.each(Object.entries(misbehaviours))('that answers with %s', async (what, how) => {
    server.behave(how);
    const url = `http://127.0.0.1:${server.port}/${secret}`;
    const sent = await sendToWebhook(
      { name: 'team', tls: {}, timeoutMs },
      url,
      'text',
      new AbortController().signal,
      Date.now(),
    );
    // Its status is its answer, whatever follows: these begin with 200 or 204.
    const taken = /web page|no content|body|length|announced|chunks|JSON|nesting/.test(what);
    if (
      /^(a redirect|an error|an endless body with|a status|endless headers|silence|nothing|a reset|garbage)/.test(what)
    )
      expect(sent.is, JSON.stringify(sent)).not.toBe('taken');
    else if (!taken) expect(sent.is, JSON.stringify(sent)).not.toBe('taken');
    if ('why' in sent) expect(sent.why).not.toMatch(new RegExp(`${secret}|hidden|This should not|undefined`));
    expect(server.sent()).toBeLessThan(4 * 2 ** 20);
  });
});

describe('a health check', () => {
  it.each(Object.entries(misbehaviours))('that answers with %s', async (_, how) => {
    server.behave(how);
    const health = createHealthReader(() => {
      throw new Error('no host is asked');
    });
    const component = {
      name: 'esr',
      host: null,
      health: { kind: 'http', url: `http://127.0.0.1:${server.port}/`, status: 200, body: '^UP$', timeoutMs },
    };
    const standing = await health.health(component as unknown as Parameters<typeof health.health>[0]);
    expect(standing.is).toBe('unhealthy');
    expect(standing.evidence.length).toBeLessThan(1_000);
    expect(standing.evidence).not.toMatch(/This should not|undefined|\u001b/);
    expect(server.sent()).toBeLessThan(8 * 2 ** 20);
  });
});
