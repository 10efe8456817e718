import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createPlain } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Server as PlainServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TlsSettings } from '../../src/core/environment.ts';
import { Fault } from '../../src/core/fault.ts';
import { sendToWebhook } from '../../src/services/notify/webhook-writer.ts';
import { createS3Reader } from '../../src/services/s3/reader.ts';
import { certificateAuthority, type CertificateAuthority } from '../support/certificates.ts';
import { readOrRefused } from './fuzzing.ts';

const kinds = ['good', 'expired', 'elsewhere', 'plain'] as const;
const listing = `<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`;

let dir: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
const ports = {} as Record<(typeof kinds)[number], number>;
const servers: (Server | PlainServer)[] = [];
/** Requests that a server understood: credentials and texts were in them. */
let asked = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-ops-tls-'));
  const other = await mkdtemp(join(dir, 'stranger-'));
  authority = certificateAuthority(dir);
  stranger = certificateAuthority(other);
  const issued = {
    good: authority.issue('good', 'IP:127.0.0.1,DNS:s3.test'),
    expired: authority.issue('expired', 'IP:127.0.0.1', '20210101000000Z'),
    elsewhere: authority.issue('elsewhere', 'DNS:elsewhere.test'),
  };
  for (const kind of kinds) {
    const answer = (_: unknown, response: { end(text: string): unknown }): void => {
      asked += 1;
      response.end(listing);
    };
    const server =
      kind === 'plain'
        ? createPlain(answer)
        : createServer({ key: await readFile(issued[kind].key), cert: await readFile(issued[kind].cert) }, answer);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    ports[kind] = (server.address() as AddressInfo).port;
    servers.push(server);
  }
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(dir, { recursive: true, force: true });
});

const url = (kind: (typeof kinds)[number]): string => `https://127.0.0.1:${ports[kind]}`;

async function listed(endpoint: string, tls: TlsSettings): Promise<Awaited<ReturnType<typeof readOrRefused>>> {
  const reader = createS3Reader(
    {
      settings: { endpoint, region: 'eu-west-2', pathStyle: true, tls, parallel: 1, timeoutMs: 5_000 },
      credentials: () => Promise.resolve({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
    },
    'bucket',
  );
  return await readOrRefused(async () => {
    for await (const page of reader.list([{ prefix: '', cuts: [] }])) expect(page).toEqual([]);
    reader.close();
  });
}
const sent = (target: string, tls: TlsSettings) =>
  sendToWebhook({ name: 'team', tls, timeoutMs: 5_000 }, `${target}/hook`, 'text', new AbortController().signal, 0);

describe.each<[string, (typeof kinds)[number], () => TlsSettings, RegExp, string]>([
  ['for another host', 'elsewhere', () => ({ ca: authority.ca }), /another host name/, 'tls.serverName'],
  [
    'for another name than configured',
    'good',
    () => ({ ca: authority.ca, serverName: 'else.test' }),
    /another host name/,
    'tls.serverName',
  ],
  ['that has expired', 'expired', () => ({ ca: authority.ca }), /has expired/, 'renewed'],
  ['from an authority that nobody named', 'good', () => ({}), /unknown authority/, 'tls.ca'],
  [
    'from another authority of the same name',
    'good',
    () => ({ ca: stranger.ca }),
    /certificate|signature|TLS failed/,
    'tls.ca',
  ],
  ['where plain text is spoken', 'plain', () => ({ ca: authority.ca }), /does not speak TLS/, 'URL'],
])('a certificate %s', (_, kind, tls, said, next) => {
  it('is refused by S3 with the reason and what to do', async () => {
    const before = asked;
    const ended = await listed(url(kind), tls());
    expect(ended).toBeInstanceOf(Fault);
    const [problem] = (ended as Fault).problems;
    expect(problem).toMatchObject({
      code: 's3.tls',
      exit: 'unreachable',
      message: expect.stringMatching(said) as string,
    });
    expect(problem.next?.join('\n')).toContain(
      next === 'URL' ? 's3.endpoint' : next.startsWith('tls') ? `s3.${next}` : next,
    );
    expect(asked).toBe(before);
  });
  it('is refused by a webhook with the reason and what to do', async () => {
    const before = asked;
    const ended = await sent(url(kind), tls());
    expect(ended).toMatchObject({ is: 'later', why: expect.stringMatching(said) as string });
    expect('why' in ended ? ended.why : '').toContain(next.startsWith('tls') ? `notify.channels.team.${next}` : next);
    expect(asked).toBe(before);
  });
});

it('a private authority by configuration is believed, by address and by a name of its own', async () => {
  for (const tls of [{ ca: authority.ca }, { ca: authority.ca, serverName: 's3.test' }]) {
    expect(await listed(url('good'), tls)).toHaveProperty('value');
    expect(await sent(url('good'), tls)).toEqual({ is: 'taken' });
  }
});

it('no variable of the shell switches it off', async () => {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    expect(await listed(url('good'), {})).toMatchObject({ problems: [{ code: 's3.tls' }] });
    expect(await sent(url('good'), {})).toMatchObject({ is: 'later' });
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }
});

it('a file of authorities that is not there is named', async () => {
  const tls = { ca: join(dir, 'none.pem') };
  expect(await listed(url('good'), tls)).toMatchObject({ problems: [{ code: 's3.ca-unreadable', exit: 'usage' }] });
  expect(await sent(url('good'), tls)).toMatchObject({
    is: 'stopped',
    why: expect.stringContaining('none.pem') as string,
  });
});
