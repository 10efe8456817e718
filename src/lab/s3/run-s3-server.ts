import S3rver from 's3rver';
import account from 's3rver/lib/models/account.js';
import type { ProgramControl } from '../programs/program-control.ts';

/** What the server is started with. */
export interface S3ServerConfig {
  readonly port: number;
  /** Where it keeps objects, as files. */
  readonly folder: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * An S3-compatible server (s3rver) until it is told to stop. It looks at the access key's id and, of the signatures
 * that today's clients make, at no more: a wrong secret is let in. Pages of a listing need OpenSSL's legacy ciphers.
 */
export async function runS3Server(config: S3ServerConfig, { stopped }: ProgramControl): Promise<void> {
  account.DUMMY_ACCOUNT.revokeAccessKey('S3RVER');
  account.DUMMY_ACCOUNT.createKeyPair(config.accessKeyId, config.secretAccessKey);
  const server = new S3rver({
    address: '127.0.0.1',
    port: config.port,
    silent: true,
    directory: config.folder,
    configureBuckets: [{ name: config.bucket }],
  });
  await server.run();
  if (!stopped.aborted) {
    await new Promise<void>((resolve) => {
      stopped.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await server.close();
}
