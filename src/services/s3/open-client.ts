import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { AnswerHttp } from './list-answer.ts';
import { checkListAnswer } from './list-answer.ts';
import { onlyReads } from './only-reads.ts';

/** Everything that can be asked of a bucket. There is no way to send anything else through it. */
export interface S3Requests {
  page(
    prefix: string,
    from: { readonly token?: string; readonly after?: string },
    signal: AbortSignal,
  ): Promise<ListObjectsV2CommandOutput>;
  body(key: string, signal: AbortSignal): Promise<Readable>;
  close(): void;
}

/** How the client is made. */
export interface S3ClientOptions {
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly pathStyle: boolean;
  /** Null: the SDK's default chain. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
  readonly tls: { readonly ca?: string; readonly servername?: string };
  readonly sockets: number;
  readonly timeoutMs: number;
}

/** Makes the SDK's client; nothing is connected or looked up before the first request. */
export function openClient(options: S3ClientOptions): S3Requests {
  const { endpoint, region, bucket, pathStyle, credentials, tls, sockets, timeoutMs } = options;
  // Otherwise the SDK prints advice about Node's version on stderr.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const pool = { keepAlive: true, maxSockets: sockets };
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    followRegionRedirects: false,
    maxAttempts: 3,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(pool),
      httpsAgent: new HttpsAgent({ ...pool, ...tls, rejectUnauthorized: true }),
    },
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentials === null ? {} : { credentials }),
  });
  onlyReads(client);
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (given) => {
        const result = await next(given);
        if (commandName === 'ListObjectsV2Command') {
          const response = result.response as AnswerHttp;
          response.body = Readable.from([await checkListAnswer(response)]);
        }
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'wholeListings' },
  );
  return {
    page: (prefix, { token, after }, signal) =>
      client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          EncodingType: 'url',
          ...(token === undefined ? {} : { ContinuationToken: token }),
          ...(after === undefined ? {} : { StartAfter: after }),
        }),
        { abortSignal: signal },
      ),
    body: async (key, signal) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
      if (!(Body instanceof Readable)) throw new Error('an object without a body');
      return Body;
    },
    close: () => client.destroy(),
  };
}
