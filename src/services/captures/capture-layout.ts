import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../core/fault.ts';

const idPattern = /^cap-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** Name of the manifest; it is written last. */
export const manifestName = 'manifest.json';

/** Files that every capture has, and the one of encrypted secrets that some have. */
export const contentNames = ['definitions.json', 'permissions.json', 'settings.json', 'activity.json'] as const;
export const secretsName = 'secrets.enc';

/** Whether a text is a capture's id and so may become a path. */
export function isCaptureId(id: string): boolean {
  return idPattern.test(id);
}

/** The folder of a capture. An id of another form is a Fault: it never becomes a path. */
export function captureFolder(dir: string, id: string): string {
  if (isCaptureId(id)) return join(dir, id);
  throw new Fault({
    code: 'capture.bad-id',
    message: `${JSON.stringify(id)} is not the id of a capture (cap-20260322T062500Z-1a2b3c).`,
    next: ['esr-ops vhost capture'],
    exit: 'usage',
  });
}

const fileSchema = z.strictObject({
  name: z.enum([...contentNames, secretsName]),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Shape of `manifest.json`. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(idPattern),
  vhost: z.string(),
  takenAt: z.string(),
  state: z.enum(['running', 'down', 'absent', 'unpermitted']),
  broker: z.strictObject({ version: z.string(), clusterName: z.string() }),
  counts: z.record(z.string(), z.int()),
  verdict: z.discriminatedUnion('is', [
    z.strictObject({ is: z.literal('complete'), because: z.string() }),
    z.strictObject({ is: z.literal('poorer'), because: z.string(), missing: z.array(z.string()) }),
  ]),
  contentDigest: z.string().regex(/^[0-9a-f]{64}$/),
  files: z
    .array(fileSchema)
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, 'a file is listed twice')
    .refine((files) => contentNames.every((name) => files.some((file) => file.name === name)), 'a file is not listed'),
  secrets: z.strictObject({ kept: z.enum(['none', 'encrypted', 'omitted']), items: z.array(z.string()) }),
});
