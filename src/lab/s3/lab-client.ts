import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { LabS3Access } from './start-s3.ts';

/** What a lab's own programs do with its bucket; shares no code with the product's reader. */
export interface LabS3Client {
  put(key: string, body: string | Uint8Array): Promise<void>;
  get(key: string): Promise<string>;
  remove(key: string): Promise<void>;
  /** All keys that begin so, in order. */
  keys(prefix: string): Promise<readonly string[]>;
  close(): void;
}

/** Opens nothing yet: the first request connects. */
export function labS3Client({ endpoint, region, bucket, accessKeyId, secretAccessKey }: LabS3Access): LabS3Client {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // With checksums of its own the SDK streams bodies in chunks, which this server stores with the chunks' headers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    put: async (key, body) => {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) }),
      );
    },
    get: async (key) =>
      (await (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString()) ?? '',
    remove: async (key) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    keys: async (prefix) => {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys;
    },
    close: () => client.destroy(),
  };
}
