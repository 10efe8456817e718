import { readFile } from 'node:fs/promises';
import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import type { S3Reader, S3Settings } from '../../core/ports-s3.ts';
import { listParts, type S3Page } from './list-parts.ts';
import type { S3ClientOptions, S3Requests } from './open-client.ts';
import { badAnswer, s3Fault } from './s3-fault.ts';

/** The settings, and a way to get the credentials when they are needed; null: the SDK's default chain. */
export interface S3Access {
  readonly settings: Omit<S3Settings, 'credentials'>;
  readonly credentials: (() => Promise<NonNullable<S3ClientOptions['credentials']>>) | null;
}

/** Reads of a bucket. The SDK is loaded and the credentials are asked for at the first one. */
export function createS3Reader({ settings, credentials }: S3Access, bucket: string): S3Reader {
  const { endpoint, region, timeoutMs, parallel } = settings;
  const where = endpoint ?? `AWS in ${region}`;
  let opened: Promise<S3Requests> | undefined;
  const open = async (): Promise<S3Requests> => {
    const { openClient } = await import('./open-client.ts');
    return openClient({
      ...settings,
      bucket,
      sockets: parallel * 2,
      credentials: (await credentials?.()) ?? null,
      tls: await tlsOptions(settings),
    });
  };
  /** Within the time-out, and every error as a Fault. */
  const asked = async <T>(
    key: string | null,
    signal: AbortSignal | undefined,
    ask: (requests: S3Requests, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    try {
      return await unlessAborted(ask(await (opened ??= open()), both), both);
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Fault(limit.aborted ? limit.reason : error, { bucket, where, region, key });
    }
  };
  const page = (prefix: string, from: { token?: string; after?: string }, signal: AbortSignal): Promise<S3Page> =>
    asked(null, signal, async (requests, limit) => {
      const { answer, objects: taken } = await requests.page(prefix, from, limit);
      const decode = answer.EncodingType === 'url' ? decoded : (text: string): string => text;
      const listed =
        taken ??
        (answer.Contents ?? []).map(({ Key, Size, LastModified }) => {
          const modifiedMs = LastModified?.getTime() ?? Number.NaN;
          if (Key === undefined || Size === undefined || !Number.isSafeInteger(Size) || Number.isNaN(modifiedMs))
            throw badAnswer('it holds a key without a size or a time');
          return { key: Key, size: Size, modifiedMs };
        });
      const objects = listed.map((object) => ({ ...object, key: decode(object.key) }));
      const strange = objects.find(({ key }) => !key.startsWith(prefix));
      if (strange !== undefined)
        throw badAnswer(`it lists ${JSON.stringify(visible(strange.key.slice(0, 200)))}, which was not asked for`);
      if (answer.KeyCount !== undefined && answer.KeyCount !== objects.length)
        throw badAnswer(`it says that it has ${answer.KeyCount} keys and has ${objects.length}`);
      const next = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
      if (answer.IsTruncated === true && next === undefined)
        throw badAnswer('it says that there are more keys and not how to ask for them');
      if (next !== undefined && next === from.token)
        throw badAnswer('it says again and again that the same keys are the next ones');
      return { objects, next: next ?? null };
    });
  return {
    identity: `s3://${bucket} at ${where}`,
    list: (ranges, signal) => listParts(ranges, { page, parallel, ...(signal === undefined ? {} : { signal }) }),
    async *read(key, signal) {
      const body = await asked(key, signal, (requests, limit) => requests.body(key, limit));
      const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, unknown>;
      try {
        for (;;) {
          const { done, value } = await asked(key, signal, () => chunks.next());
          if (done === true) return;
          yield value;
        }
      } finally {
        body.destroy();
      }
    },
    close: () => {
      void opened?.then(
        (requests) => requests.close(),
        () => undefined,
      );
      opened = undefined;
    },
  };
}

/** Some waits inside the SDK don't heed the signal: a body that never ends, for one. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    work.catch(() => undefined);
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badAnswer('it holds a key that is not encoded as it says');
  }
}

async function tlsOptions({ tls }: S3Access['settings']): Promise<S3ClientOptions['tls']> {
  const servername = tls.serverName === undefined ? {} : { servername: tls.serverName };
  if (tls.ca === undefined) return servername;
  try {
    return { ...servername, ca: await readFile(tls.ca, 'utf8') };
  } catch (error) {
    throw new Fault({
      code: 's3.ca-unreadable',
      message: `The file with the trusted authorities can't be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`,
      where: tls.ca,
      next: ['correct s3.tls.ca in the configuration'],
      exit: 'usage',
    });
  }
}
