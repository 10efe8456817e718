import type { ReconcileReader } from '../core/ports-reconcile.ts';
import type { S3Buckets, S3Reader } from '../core/ports-s3.ts';
import type { Settings } from './settings.ts';

/** One reader a bucket, all of which end with the program; null where the environment has no S3. */
export async function openS3Readers(settings: Settings, closing: (() => Promise<void>)[]): Promise<S3Buckets | null> {
  const { s3, name } = await settings.environment();
  if (s3 === null) return null;
  const { createS3Reader } = await import('../services/s3/reader.ts');
  const { s3Credentials } = await import('../config/s3-credentials.ts');
  const made = new Map<string, S3Reader>();
  closing.push(() => {
    for (const reader of made.values()) reader.close();
    return Promise.resolve();
  });
  return (bucket) => {
    const reader =
      made.get(bucket) ??
      createS3Reader({ settings: s3, credentials: s3Credentials(s3, name, settings.secrets) }, bucket);
    made.set(bucket, reader);
    return reader;
  };
}

/** Reads what a day's records are compared with; null where the environment does not say what is compared. */
export async function openReconcileReader(
  settings: Settings,
  s3: () => Promise<S3Buckets | null>,
): Promise<ReconcileReader | null> {
  const { reconcile, timezone } = await settings.environment();
  if (reconcile === null) return null;
  const { createReconcileReader } = await import('../services/reconcile/reader.ts');
  const { listBuckets } = await import('../services/reconcile/bucket-listing.ts');
  const buckets = await s3();
  const files = buckets === null ? null : listBuckets(buckets);
  return createReconcileReader({ access: settings.mysql, settings: reconcile, timezone, files });
}
