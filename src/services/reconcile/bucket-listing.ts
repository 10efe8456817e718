import type { FileListing } from '../../core/ports-reconcile.ts';
import type { S3Buckets } from '../../core/ports-s3.ts';

/** Objects of S3 buckets, a page at a time. */
export function listBuckets(buckets: S3Buckets): FileListing {
  return {
    async *list(bucket, prefix, signal) {
      for await (const page of buckets(bucket).list([{ prefix, cuts: [] }], signal))
        for (const { key, size } of page) yield { key, bytes: size };
    },
  };
}
