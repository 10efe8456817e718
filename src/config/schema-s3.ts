import * as z from 'zod';
import { duration, secretRef, serverUrl, text, tls } from './schema-values.ts';

/** The object storage that files for ESR go through. */
export const s3 = z
  .strictObject({
    endpoint: serverUrl(['http:', 'https:'], 'https://s3.example.org')
      .optional()
      .describe('Default: AWS, in `region`.'),
    region: text.describe('Region of the buckets.'),
    pathStyle: z
      .boolean()
      .optional()
      .describe('https://host/bucket/key, as most servers besides AWS want it. Default false.'),
    credentials: z
      .strictObject({ accessKeyId: secretRef, secretAccessKey: secretRef, sessionToken: secretRef.optional() })
      .optional()
      .describe('Default: where the AWS SDK looks (environment, profile, container, instance).'),
    tls: tls.optional(),
    parallel: z.int().min(1).max(64).optional().describe('Listings that run side by side. Default 8.'),
    timeoutMs: duration.optional().describe('Longest wait for one answer with its body. Default 15s.'),
  })
  .describe('The object storage that files for ESR go through. Buckets and names are with the load types.');

export type S3File = z.infer<typeof s3>;
