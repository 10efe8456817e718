import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { S3Object } from '../../core/ports-s3.ts';
import type { AnswerHttp } from './list-answer.ts';
import { checkListAnswer, refuseDeepXml } from './list-answer.ts';
import { onlyReads } from './only-reads.ts';
import { takeContents, type TakenContents } from './take-contents.ts';

/** Everything that can be asked of a bucket. There is no way to send anything else through it. */
export interface S3Requests {
  /** `objects`: its keys, where they could be taken out of the answer beforehand; null: they are in `answer`. */
  page(
    prefix: string,
    from: { readonly token?: string; readonly after?: string },
    signal: AbortSignal,
  ): Promise<{ readonly answer: ListObjectsV2CommandOutput; readonly objects: readonly S3Object[] | null }>;
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
  return {
    page: async (prefix, { token, after }, signal) => {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        EncodingType: 'url',
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(after === undefined ? {} : { StartAfter: after }),
      });
      let taken: TakenContents | null = null;
      command.middlewareStack.add(
        (next) => async (given) => {
          const result = await next(given);
          const response = result.response as AnswerHttp;
          const whole = await checkListAnswer(response);
          taken = response.statusCode === 200 ? takeContents(whole.toString('utf8')) : null;
          const left = taken?.rest ?? whole.toString('utf8');
          refuseDeepXml(left);
          response.body = Readable.from([Buffer.from(left)]);
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'wholeListings' },
      );
      const answer = await client.send(command, { abortSignal: signal });
      return { answer, objects: (taken as TakenContents | null)?.objects ?? null };
    },
    body: async (key, signal) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
      if (!(Body instanceof Readable)) throw new Error('an object without a body');
      return Body;
    },
    close: () => client.destroy(),
  };
}
