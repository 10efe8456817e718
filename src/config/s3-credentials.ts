import type { S3Settings } from '../core/ports-s3.ts';
import type { Secrets } from './secrets.ts';

/** How the credentials of an environment's bucket are had; null: where the SDK looks by itself. */
export function s3Credentials(
  { credentials }: Pick<S3Settings, 'credentials'>,
  environment: string,
  secrets: Pick<Secrets, 'resolve'>,
): (() => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>) | null {
  if (credentials === null) return null;
  const place = `environments.${environment}.s3.credentials`;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return async () => ({
    accessKeyId: await secrets.resolve(accessKeyId, `${place}.accessKeyId`),
    secretAccessKey: await secrets.resolve(secretAccessKey, `${place}.secretAccessKey`),
    ...(sessionToken === null ? {} : { sessionToken: await secrets.resolve(sessionToken, `${place}.sessionToken`) }),
  });
}
