import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { freePorts } from '../free-ports.ts';
import { startOwned } from '../owned-process.ts';
import { until } from '../until.ts';
import type { S3ServerConfig } from './run-s3-server.ts';

/** How a lab's S3 is reached. */
export interface LabS3Access {
  /** `http://127.0.0.1:PORT`; path style. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An S3-compatible server that belongs to this process. */
export interface LabS3 extends LabS3Access {
  readonly pid: number;
  end(): Promise<void>;
}

/** Where it comes from and goes to. */
export interface S3Start {
  /** argv of this program up to a hidden command: `[node, /…/esr-ops.mjs]`. */
  readonly program: readonly string[];
  readonly labId: string;
  /** A private folder, for objects and the server's own messages. */
  readonly dir: string;
  readonly bucket?: string;
}

/** The bucket of a lab. */
export const labBucket = 'esr-files';

/** Starts it on a free port and waits until it answers (about a second). */
export async function startS3({ program, labId, dir, bucket = labBucket }: S3Start): Promise<LabS3> {
  const { port } = await freePorts(['port']);
  const folder = join(dir, 'objects');
  await mkdir(folder, { mode: 0o700 });
  const config: S3ServerConfig = {
    port,
    folder,
    bucket,
    accessKeyId: `LAB${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  };
  const [node = process.execPath, ...args] = program;
  const log = join(dir, 's3.log');
  const server = await startOwned({
    labId,
    file: node,
    // s3rver makes the tokens of its pages with a cipher that OpenSSL 3 offers only as a legacy one.
    args: ['--openssl-legacy-provider', ...args, 'lab-program', 's3'],
    cwd: dir,
    log,
    piped: true,
  });
  server.pipes?.input.write(`${JSON.stringify(config)}\n`);
  const endpoint = `http://127.0.0.1:${port}`;
  await until(
    'the S3 server to answer',
    async () => {
      if (!server.isAlive())
        throw new Fault({
          code: 'lab.s3-did-not-start',
          message: `The lab's S3 server ended while it was starting; what it said is in ${log}.`,
          exit: 'failed',
        });
      return (await fetch(`${endpoint}/${bucket}?list-type=2&max-keys=1`)).ok;
    },
    { atMostMs: 60_000 },
  );
  return {
    endpoint,
    region: 'eu-west-2',
    bucket,
    accessKeyId: config.accessKeyId,
    secretAccessKey: config.secretAccessKey,
    pid: server.pid,
    end: () => server.end('SIGKILL'),
  };
}
