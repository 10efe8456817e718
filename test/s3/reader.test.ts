import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { S3Object } from '../../src/core/ports-s3.ts';
import { freePorts } from '../../src/lab/free-ports.ts';
import { onlyReads } from '../../src/services/s3/only-reads.ts';
import { createS3Reader } from '../../src/services/s3/reader.ts';
import { startTestS3, type TestS3 } from '../support/s3.ts';

let s3: TestS3;
let stub: Server;
let stubUrl: string;
let answer: RequestListener;
const methods = new Set<string>();

beforeAll(async () => {
  s3 = await startTestS3();
  stub = createServer((request, response) => {
    methods.add(request.method ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  stubUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
});
afterAll(async () => {
  stub.closeAllConnections();
  stub.close();
  await s3.end();
});

function readerOf(changes: { endpoint?: string; bucket?: string; timeoutMs?: number; keyId?: string } = {}) {
  const { server } = s3;
  const access = {
    settings: {
      endpoint: changes.endpoint ?? server.endpoint,
      region: server.region,
      pathStyle: true,
      tls: {},
      parallel: 4,
      timeoutMs: changes.timeoutMs ?? 20_000,
    },
    credentials: () =>
      Promise.resolve({ accessKeyId: changes.keyId ?? server.accessKeyId, secretAccessKey: server.secretAccessKey }),
  };
  return createS3Reader(access, changes.bucket ?? server.bucket);
}
async function listed(reader: ReturnType<typeof readerOf>, prefix: string, cuts: readonly string[] = []) {
  const objects: S3Object[] = [];
  for await (const page of reader.list([{ prefix, cuts }])) objects.push(...page);
  return objects;
}
async function faultOf(work: Promise<unknown>): Promise<Fault['problems'][0]> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  return (error as Fault).problems[0];
}
const xmlError =
  (status: number, code: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because ${code}</Message></Error>`);
  };
const listing = (keys: number, said = keys): string =>
  `<?xml version="1.0"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>${said}</KeyCount><IsTruncated>false</IsTruncated>${Array.from({ length: keys }, (_, at) => `<Contents><Key>x${at}</Key><Size>1</Size><LastModified>2021-07-28T12:00:00.000Z</LastModified></Contents>`).join('')}</ListBucketResult>`;

describe('a real server', () => {
  it('is listed page by page and in parts, with sizes and times, whatever characters keys have', async () => {
    const odd = ['many/a b+c&d.DAT', 'many/é %41.DAT', "many/~'()!.DAT"];
    const keys = Array.from({ length: 1_010 }, (_, at) => `many/${String(at).padStart(5, '0')}`);
    await s3.client.put(keys[0]!, keys[0]!);
    await s3.copies(keys[0]!, keys);
    for (const key of odd) await s3.client.put(key, key);
    const reader = readerOf();
    const expected = [...keys, ...odd].sort();
    const one = await listed(reader, 'many/');
    expect(one.map(({ key }) => key).sort()).toEqual(expected);
    expect(one.every(({ key, size }) => size === Buffer.byteLength(key))).toBe(true);
    expect(Math.abs(Date.now() - (one[0]?.modifiedMs ?? 0))).toBeLessThan(300_000);
    const parts = await listed(reader, 'many/', ['many/00500', 'many/01003', 'many/01007', 'many/0']);
    expect(parts.map(({ key }) => key).sort()).toEqual(expected);
    expect(await listed(reader, 'nothing/')).toEqual([]);
    reader.close();
  });
  it('gives an object octet by octet, and says which one is not there', async () => {
    await s3.client.put('some/file', Buffer.from([0, 255, 10, 13, 128]));
    const reader = readerOf();
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.read('some/file')) chunks.push(chunk);
    expect([...Buffer.concat(chunks)]).toEqual([0, 255, 10, 13, 128]);
    const read = async (): Promise<void> => {
      for await (const chunk of reader.read('some/other')) expect(chunk).toBeNull();
    };
    expect(await faultOf(read())).toMatchObject({
      code: 's3.no-key',
      where: expect.stringContaining('some/other') as string,
    });
    reader.close();
  });
  it('says which bucket there is not, and refuses a key that it does not know', async () => {
    expect(await faultOf(listed(readerOf({ bucket: 'no-such-bucket' }), ''))).toMatchObject({
      code: 's3.no-bucket',
      exit: 'usage',
    });
    expect(await faultOf(listed(readerOf({ keyId: 'UNKNOWN' }), ''))).toMatchObject({ code: 's3.credentials-refused' });
  });
  it('can not be written to through a client that only reads', async () => {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3.server;
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    onlyReads(client);
    const put = client.send(new PutObjectCommand({ Bucket: bucket, Key: 'written', Body: 'x' }));
    await expect(put).rejects.toThrow('is not a read');
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.length).toBe(1);
    expect(await s3.client.keys('written')).toEqual([]);
    client.destroy();
  });
});

describe('an answer that is no listing', () => {
  it.each<[string, RequestListener, string, RegExp]>([
    ['access denied', xmlError(403, 'AccessDenied'), 's3.denied', /s3:ListBucket on arn:aws:s3:::b\b/],
    ['expired credentials', xmlError(400, 'ExpiredToken'), 's3.credentials-expired', /expired/],
    ['a wrong signature', xmlError(403, 'SignatureDoesNotMatch'), 's3.credentials-refused', /refused the credentials/],
    ['another region', xmlError(301, 'PermanentRedirect'), 's3.wrong-region', /not in region eu-west-2/],
    ['too many requests', xmlError(503, 'SlowDown'), 's3.busy', /slow down/],
    ['a wrong clock', xmlError(403, 'RequestTimeTooSkewed'), 's3.clock', /clock/],
    ['a denial without a body', (_, response) => void response.writeHead(403).end(), 's3.denied', /s3:ListBucket/],
    [
      'a web page',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Log in</body></html>'),
      's3.bad-answer',
      /web page/,
    ],
    [
      'a web page that says nothing of it',
      (_, response) => void response.end('<!DOCTYPE html><p>hi'),
      's3.bad-answer',
      /web page/,
    ],
    ['an empty answer', (_, response) => void response.end(), 's3.bad-answer', /no listing/],
    [
      'another document',
      (_, response) => void response.end('<?xml version="1.0"?><Other/>'),
      's3.bad-answer',
      /no listing/,
    ],
    [
      'an answer that was cut off',
      (_, response) => void response.end(listing(20).slice(0, 900)),
      's3.bad-answer',
      /cut off/,
    ],
    ['fewer keys than it says', (_, response) => void response.end(listing(3, 5)), 's3.bad-answer', /5 keys and has 3/],
    [
      'a connection that breaks half-way',
      (_, response) => {
        response.writeHead(200, { 'content-length': '5000' }).write(listing(5));
        setTimeout(() => response.destroy(), 20);
      },
      's3.unreachable',
      /reset|closed|half-way/,
    ],
  ])('%s', async (_, reply, code, message) => {
    answer = reply;
    const reader = readerOf({ endpoint: stubUrl, bucket: 'b' });
    const problem = await faultOf(listed(reader, 'x'));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(message);
    expect(problem.where).toContain(`s3://b at ${stubUrl}`);
    expect(JSON.stringify(problem)).not.toContain(s3.server.secretAccessKey);
    reader.close();
  });
  it.each<[string, RequestListener]>([
    ['none at all', () => undefined],
    ['headers and no body', (_, response) => response.writeHead(200).flushHeaders()],
    [
      'an octet now and then',
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('that never comes to an end ends after the time-out: %s', async (_, reply) => {
    answer = reply;
    const reader = readerOf({ endpoint: stubUrl, bucket: 'b', timeoutMs: 700 });
    expect(await faultOf(listed(reader, 'x'))).toMatchObject({ code: 's3.unreachable', exit: 'unreachable' });
    reader.close();
  });
  it('a port where nothing listens', async () => {
    const { port } = await freePorts(['port']);
    expect(await faultOf(listed(readerOf({ endpoint: `http://127.0.0.1:${port}` }), ''))).toMatchObject({
      code: 's3.unreachable',
      message: expect.stringContaining('nothing listens') as string,
    });
  });
  it('TLS where there is none', async () => {
    const plain = s3.server.endpoint.replace('http:', 'https:');
    expect(await faultOf(listed(readerOf({ endpoint: plain }), ''))).toMatchObject({ code: 's3.tls' });
  });
  it('was only ever asked for with GET', () => {
    expect([...methods]).toEqual(['GET']);
  });
});
