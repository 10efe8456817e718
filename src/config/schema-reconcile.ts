import * as z from 'zod';
import { text } from './schema-values.ts';

const column = text.regex(/^[\w$]+$/, 'must be letters, digits, underscores');

const table = z
  .strictObject({
    table: text
      .regex(/^[\w$]+\.[\w$]+$/, 'must be SCHEMA.TABLE')
      .describe('The table, with its database: tcs.EsrNotification.'),
    what: text.describe('What its rows are, for people: notifications.'),
    id: column.optional().describe('Its primary key, one whole number. Default id.'),
    created: column.describe('When a row was made: a TIMESTAMP or a DATETIME.'),
    zone: z
      .enum(['utc', 'local'])
      .optional()
      .describe('What a DATETIME in it means: UTC (default), or local time of the environment.'),
    office: column.optional().describe("The row's Local Office. Default: it stands in the name of its file."),
    duplicates: z.array(column).min(1).optional().describe('Columns that no two rows of a day may share all of.'),
    file: column.optional().describe('Name of the file in which the row went out.'),
    post: column.optional().describe('The post that the row is for; rows of one post in one file are counted.'),
  })
  .describe('A table with records for ESR, one row each.');

const files = z
  .strictObject({
    bucket: text.describe('The bucket that files for ESR are in.'),
    prefix: z.string().describe('What keys of a day begin with; {date} is YYYYMMDD, {office} a Local Office.'),
    name: text
      .regex(/\{office\}/, 'must hold {office}')
      .describe("A file's name, after its key's last slash: DE_{office}_APP_{date}_{seq}.DAT."),
    offices: z.array(text).optional().describe('Local Offices with a file each day. Default: those of localOffices.'),
    sequence: z
      .enum(['shared', 'office', 'none'])
      .optional()
      .describe('One counter for all files (default), one for each office, or none.'),
    lookBackDays: z.int().min(1).max(60).optional().describe('Days back for the file before the first. Default 7.'),
  })
  .describe('Files for ESR in S3.');

/**
 * What `reconcile` compares. Names of tables and columns are the environment's own:
 *
 * ```yaml
 * reconcile:
 *   recordsPerPost: 40 # ESR rejects a file with more for one post, whole
 *   tables:
 *     - what: notifications
 *       table: tcs.EsrNotification
 *       created: createdDate
 *       office: managingDeaneryBodyCode
 *       duplicates: [managingDeaneryBodyCode, deaneryPostNumber, notificationTitleCode]
 *     - what: applicants
 *       table: tcs.PlacementEsrEvent
 *       created: eventDateTime
 *       zone: utc
 *       file: filename
 *       post: positionNumber
 *       duplicates: [placementId, positionId, positionNumber, filename]
 *   files:
 *     bucket: example-esr-outbound
 *     prefix: app/{date}/
 *     name: DE_{office}_APP_{date}_{seq}.DAT
 * ```
 */
export const reconcile = z
  .strictObject({
    tables: z.array(table).min(1).describe('Tables whose rows of a day are compared.'),
    recordsPerPost: z.int().positive().optional().describe('Most rows of one post in one file. Default 40.'),
    files: files.optional().describe('Default: files are not looked at.'),
  })
  .describe('What reconcile compares: tables with the binlog, and with files.');

/** What it reads must be configured, too: what is not looked at would look like what is in order. */
export function checkReconcile(
  {
    reconcile: section,
    mysql,
    s3,
  }: { readonly reconcile?: ReconcileFile | undefined; readonly mysql?: unknown; readonly s3?: unknown },
  context: z.RefinementCtx,
): void {
  if (section === undefined) return;
  if (mysql === undefined)
    context.addIssue({ code: 'custom', path: ['reconcile'], message: 'needs `mysql`: its tables are read there' });
  if (section.files !== undefined && s3 === undefined)
    context.addIssue({
      code: 'custom',
      path: ['reconcile', 'files'],
      message: 'needs `s3`: that is where the bucket is',
    });
}

/** The section as it is written. */
export type ReconcileFile = z.infer<typeof reconcile>;
