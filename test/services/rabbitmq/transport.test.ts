import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RabbitAccess } from '../../../src/services/rabbitmq/access.ts';
import { probeAmqp } from '../../../src/services/rabbitmq/amqp-probe.ts';
import { createReadTransport } from '../../../src/services/rabbitmq/transport.ts';
import { createWriteTransport } from '../../../src/services/rabbitmq/write-transport.ts';

const password = 'tr4nsport-Secret';
const access = (change: Partial<RabbitAccess>): RabbitAccess => ({
  management: 'http://127.0.0.1:1',
  amqp: 'amqp://127.0.0.1:1',
  user: 'u',
  tls: {},
  timeoutMs: 1500,
  slowTimeoutMs: 400,
  password: () => Promise.resolve(password),
  ...change,
});

const open: { close(): unknown }[] = [];
const sockets = new Set<Socket>();
async function listen(server: Server | ReturnType<typeof createTcp>): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of open.splice(0)) server.close();
});

const answering = async (answer: (response: ServerResponse) => void): Promise<string> =>
  `http://127.0.0.1:${await listen(
    createServer((_request, response) => {
      answer(response);
    }),
  )}`;
const json = { 'content-type': 'application/json' };

describe('bad answers', () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'a page of HTML',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in\u001b[2J'),
      /text\/html, beginning with "<html>Log in\\u001b/,
    ],
    [
      'a redirect',
      (r) => r.writeHead(302, { location: 'https://me:hidden@sso.example/x' }).end(),
      /redirect \(302\) to https:\/\/sso\.example/,
    ],
    ['half of the JSON', (r) => r.writeHead(200, json).end('{"queues": ['), /not JSON/],
    ['a server error', (r) => r.writeHead(500, json).end('{"reason":"oops"}'), /status 500: oops/],
    [
      'a gateway error',
      (r) => r.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway'),
      /status 502, text\/html/,
    ],
  ])('%s', async (_what, answer, said) => {
    const management = await answering(answer);
    const error: unknown = await createReadTransport(access({ management }))
      .get('/api/overview')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      problems: [
        {
          code: 'rabbitmq.bad-answer',
          message: expect.stringMatching(said) as string,
          where: `${management}/api/overview`,
        },
      ],
    });
    expect(JSON.stringify(error)).not.toMatch(/tr4nsport|hidden/);
  });

  it('one that is too large is not read to its end', async () => {
    let sent = 0;
    const management = await answering((response) => {
      response.writeHead(200, json);
      const block = Buffer.alloc(65_536, 32);
      const more = (): void => {
        while (!response.destroyed && sent < 64 * 2 ** 20 && response.write(block)) sent += block.length;
      };
      response.on('drain', more);
      more();
    });
    await expect(
      createReadTransport(access({ management, timeoutMs: 5000 })).get('/api/x', { maxBytes: 2 ** 20 }),
    ).rejects.toMatchObject({
      problems: [
        { code: 'rabbitmq.bad-answer', message: expect.stringContaining('larger than 1048576 bytes') as string },
      ],
    });
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['no answer at all', () => undefined],
    [
      'a slow drip',
      (response) => {
        response.writeHead(200, json).write('[');
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => {
          clearInterval(timer);
        });
      },
    ],
    [
      'a body that is cut off',
      (response) => {
        response.writeHead(200, { ...json, 'content-length': '100' }).write('[1');
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ])('%s is unreachable, and is not waited for without end', async (_what, answer) => {
    const management = await answering(answer);
    await expect(createReadTransport(access({ management })).get('/api/overview')).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.unreachable', exit: 'unreachable' }],
    });
  });

  it('another protocol', async () => {
    const port = await listen(createTcp((socket) => socket.end('SSH-2.0-x\r\n')));
    await expect(
      createReadTransport(access({ management: `http://127.0.0.1:${port}` })).get('/api/overview'),
    ).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.bad-answer' }] });
  });
});

describe('the reading transport', () => {
  it('sends nothing but GET, with the password in one header only', async () => {
    const seen: string[] = [];
    const port = await listen(
      createServer((request, response) => {
        seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
        response.writeHead(200, json).end('[]');
      }),
    );
    const transport = createReadTransport(access({ management: `http://127.0.0.1:${port}/broker/` }));
    expect(Object.keys(transport).sort()).toEqual(['close', 'get']);
    await transport.get('/api/vhosts/a%2Fb', { query: { columns: 'a,b' } });
    expect(seen).toEqual(['GET /broker/api/vhosts/a%2Fb?columns=a%2Cb']);
    await transport.close();
  });

  it('asks again once when a kept connection turns out to be closed', async () => {
    let count = 0;
    const port = await listen(
      createServer((request, response) => {
        count += 1;
        if (count === 2) request.socket.destroy();
        else response.writeHead(200, json).end('[]');
      }),
    );
    const transport = createReadTransport(access({ management: `http://127.0.0.1:${port}` }));
    await transport.get('/api/x');
    expect(await transport.get('/api/x')).toEqual([]);
    expect(count).toBe(3);
    await transport.close();
  });
});

describe('the writing transport', () => {
  it.each<[string, (response: ServerResponse) => void, object]>([
    ['no answer', () => undefined, { code: 'rabbitmq.unreachable', exit: 'unknown', details: { sent: true } }],
    ['a reset', (r) => r.destroy(), { code: 'rabbitmq.unreachable', exit: 'unknown', details: { sent: true } }],
    [
      'a server error',
      (r) => r.writeHead(500).end(),
      { code: 'rabbitmq.refused', details: { sent: true, status: 500 } },
    ],
    [
      'a refusal',
      (r) => r.writeHead(400, json).end('{"reason":"no"}'),
      { code: 'rabbitmq.refused', details: { sent: false, status: 400, reason: 'no' } },
    ],
    [
      'a proxy in between',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      { code: 'rabbitmq.bad-answer', details: { sent: true } },
    ],
  ])('%s', async (_what, answer, problem) => {
    const management = await answering(answer);
    const error: unknown = await createWriteTransport(access({ management }))
      .send('PUT', '/api/vhosts/v', { body: {} })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ problems: [problem] });
    expect(JSON.stringify(error)).not.toContain('tr4nsport');
  });

  it('never sends twice', async () => {
    let count = 0;
    const port = await listen(
      createServer((request) => {
        count += 1;
        request.socket.destroy();
      }),
    );
    await expect(
      createWriteTransport(access({ management: `http://127.0.0.1:${port}` })).send('DELETE', '/api/vhosts/v'),
    ).rejects.toThrow();
    expect(count).toBe(1);
  });

  it('knows that nothing was sent where nothing listens', async () => {
    await expect(createWriteTransport(access({})).send('DELETE', '/api/vhosts/v')).rejects.toMatchObject({
      problems: [{ exit: 'unreachable', details: { sent: false } }],
    });
  });
});

describe('TLS', () => {
  let dir: string;
  const path = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore', cwd: dir });
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'esr-ops-tls-'));
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=Test authority',
      '-days',
      '2',
    );
    for (const [name, san, start, end] of [
      ['good', 'IP:127.0.0.1,DNS:broker.test', '20200101000000Z', '20990101000000Z'],
      ['old', 'IP:127.0.0.1', '20200101000000Z', '20210101000000Z'],
      ['other', 'DNS:other.test', '20200101000000Z', '20990101000000Z'],
    ] as const) {
      openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
      );
      const { writeFile } = await import('node:fs/promises');
      await writeFile(
        path(`${name}.cnf`),
        `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index-${name}\nserial=serial-${name}\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${san}\n`,
      );
      await writeFile(path(`index-${name}`), '');
      await writeFile(path(`serial-${name}`), `${String(name.length)}${String(Date.now()).slice(-5)}`);
      openssl(
        'ca',
        '-batch',
        '-config',
        `${name}.cnf`,
        '-cert',
        'ca.pem',
        '-keyfile',
        'ca.key',
        '-in',
        `${name}.csr`,
        '-out',
        `${name}.pem`,
        '-startdate',
        start,
        '-enddate',
        end,
        '-notext',
      );
    }
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const keys = async (name: string) => ({
    key: await readFile(path(`${name}.key`)),
    cert: await readFile(path(`${name}.pem`)),
  });
  const secure = async (name: string): Promise<string> =>
    `https://127.0.0.1:${await listen(createSecure(await keys(name), (_request, response) => response.writeHead(200, json).end('[]')))}`;

  it.each([
    ['expired', 'old', true, {}, /has expired/],
    ['from an unknown authority', 'good', false, {}, /unknown authority/],
    ['for another host', 'other', true, {}, /another host name/],
    ['for another name than configured', 'good', true, { serverName: 'else.test' }, /another host name/],
  ])('refuses a certificate %s', async (_what, name, trusted, tls, said) => {
    const management = await secure(name);
    const settings = access({
      management,
      amqp: management.replace('https', 'amqps'),
      tls: { ...(trusted ? { ca: path('ca.pem') } : {}), ...tls },
      timeoutMs: 3000,
    });
    const problem = { code: 'rabbitmq.tls', exit: 'unreachable', message: expect.stringMatching(said) as string };
    await expect(createReadTransport(settings).get('/api/x')).rejects.toMatchObject({ problems: [problem] });
    await expect(createWriteTransport(settings).send('PUT', '/api/x')).rejects.toMatchObject({
      problems: [{ ...problem, details: { sent: false } }],
    });
    const probe = await probeAmqp(settings, 'v');
    expect(probe.is).toBe('unreachable');
    expect(probe.evidence).toMatch(said);
  });

  it('verifies even when the shell says not to', async () => {
    const management = await secure('good');
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(createReadTransport(access({ management, timeoutMs: 3000 })).get('/api/x')).rejects.toMatchObject({
        problems: [{ code: 'rabbitmq.tls' }],
      });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('accepts the configured authority, and a configured name', async () => {
    for (const tls of [{ ca: path('ca.pem') }, { ca: path('ca.pem'), serverName: 'broker.test' }]) {
      const transport = createReadTransport(access({ management: await secure('good'), tls, timeoutMs: 3000 }));
      expect(await transport.get('/api/x')).toEqual([]);
      await transport.close();
    }
  });

  it('says that a port speaks plain text, and that an authority file is missing', async () => {
    const management = (await answering((r) => r.writeHead(200, json).end('[]'))).replace('http', 'https');
    await expect(createReadTransport(access({ management })).get('/api/x')).rejects.toMatchObject({
      problems: [{ code: 'rabbitmq.tls', message: expect.stringContaining('does not speak TLS') as string }],
    });
    await expect(
      createReadTransport(access({ management, tls: { ca: path('none.pem') } })).get('/api/x'),
    ).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.ca-unreadable', exit: 'usage' }] });
  });

  it('reads the AMQP greeting through TLS', async () => {
    const server = createTls(await keys('good'), (socket) => socket.end('HTTP/1.1 400 Bad\r\n'));
    const amqp = `amqps://127.0.0.1:${await listen(server)}`;
    expect((await probeAmqp(access({ amqp, tls: { ca: path('ca.pem') }, timeoutMs: 3000 }), 'v')).evidence).toContain(
      'not AMQP',
    );
  });
});

describe('the AMQP probe', () => {
  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['a server that says nothing', () => undefined, /no answer within 1500 ms \(waiting for the greeting\)/],
    ['garbage', (socket) => socket.write('\u0001\u0000\u0000\u007f\u00ff\u00ff\u00ffgarbage'), /not AMQP/],
    ['a closed connection', (socket) => socket.end(), /closed \(waiting for the greeting\)/],
    [
      'a frame that promises too much',
      (socket) => socket.write(Buffer.from([1, 0, 0, 0x7f, 0xff, 0xff, 0xff])),
      /not AMQP/,
    ],
    [
      'one byte at a time of a close',
      (socket) => {
        const text = Buffer.from('NOT_ALLOWED - vhost v not found');
        const args = Buffer.concat([
          Buffer.from([0, 10, 0, 50, 530 >> 8, 530 & 255, text.length]),
          text,
          Buffer.alloc(4),
        ]);
        const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, args.length]), args, Buffer.from([0xce])]);
        for (const byte of frame) socket.write(Buffer.from([byte]));
      },
      /530 NOT_ALLOWED - vhost v not found/,
    ],
  ])('%s', async (_what, serve, said) => {
    const port = await listen(createTcp(serve));
    const found = await probeAmqp(access({ amqp: `amqp://127.0.0.1:${port}` }), 'v');
    expect(found.evidence).toMatch(said);
    expect(found.is).toBe(said.source.startsWith('530') ? 'absent' : 'unreachable');
    expect(found.evidence).not.toContain(password);
  });
});
