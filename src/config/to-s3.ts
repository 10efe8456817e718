import type { SecretRef, TlsSettings } from '../core/environment.ts';
import type { S3Settings } from '../core/ports-s3.ts';
import type { S3File } from './schema-s3.ts';
import { toMs } from './to-ms.ts';

/** The section with its defaults filled in. */
export function toS3(
  { endpoint, region, pathStyle, credentials, parallel, timeoutMs }: S3File,
  tls: TlsSettings,
  ref: (file: NonNullable<S3File['credentials']>['accessKeyId']) => SecretRef,
): S3Settings {
  return {
    endpoint: endpoint?.replace(/\/+$/, '') ?? null,
    region,
    pathStyle: pathStyle ?? false,
    credentials:
      credentials === undefined
        ? null
        : {
            accessKeyId: ref(credentials.accessKeyId),
            secretAccessKey: ref(credentials.secretAccessKey),
            sessionToken: credentials.sessionToken === undefined ? null : ref(credentials.sessionToken),
          },
    tls,
    parallel: parallel ?? 8,
    timeoutMs: toMs(timeoutMs, 15_000),
  };
}
