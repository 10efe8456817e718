import { knownLocalOffices } from '../../core/load-type.ts';
import type { LabEtlConfig } from '../programs/etl.ts';

/** The database that the lab's ETL writes into, and the columns of each of its tables. */
export const etlDatabase = 'etl';
const columns = { date: 'createdOn', office: 'deanery' } as const;

/** Queue that gets a message for each applicant file, with its exchange and key. */
export const etlQueue = {
  queue: 'esr.queue.etl.exported',
  exchange: 'esr.exchange',
  routingKey: 'esr.apprecord.exported',
} as const;

/** Rows for each Local Office. */
const perOffice = 3;

/** Where the files of all load types are. */
export const outbound = 'outbound/';

/** Load types of the lab, like those of the incident: each with what its configuration says and what it really does. */
interface LabLoad {
  readonly cron: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly runs: LabEtlConfig['loads'][string];
}

const rows = (table: string) =>
  ({ kind: 'rows', table: `${etlDatabase}.${table}`, ...columns, perOffice, more: {} }) as const;
const written = (table: string) => ({ table: `${etlDatabase}.${table}`, ...columns, offices: 'all' });
const fedBy = (table: string) => ({ table: `${etlDatabase}.${table}`, ...columns });
const files = (type: string, bucket: string) => ({
  s3: { bucket, prefix: `${outbound}\${date}/`, key: `DE_\${office}_${type}_\${date:YYYYMMDD}_\${seq:8}.DAT` },
});

/** The load types by name, in the order of a day. Those that write files need the lab's S3. */
export function labLoads(bucket: string | null): Readonly<Record<string, LabLoad>> {
  const always = {
    'notifications-daily-load': {
      cron: '0 2 * * *',
      config: {
        meaning: 'Works out which placements changed and stores the notifications for ESR.',
        writes: [written('EsrNotification')],
        ...(bucket === null ? { closesAt: '17:30' } : { feeds: ['notification-export'] }),
        missed: {
          means: 'Nobody at the trusts learns that day of changed placements.',
          instead: 'Run it and notification-export for the same date as soon as possible, and tell the ESR team.',
        },
        rerun: {
          twice: 'Every notification of the date is there twice.',
          clear: `DELETE FROM ${etlDatabase}.EsrNotification WHERE ${columns.date} = the date.`,
        },
      },
      runs: { reads: null, writes: [rows('EsrNotification')] },
    },
    'applicant-load': {
      cron: '30 3 * * *',
      config: {
        meaning: 'Reads the files that came from ESR with positions, and matches them with placements.',
        writes: [written('ApplicantRecord')],
        ...(bucket === null ? {} : { feeds: ['applicant-export'] }),
        missed: { means: 'No applicant files are sent that day.', coveredBy: 'applicant-load' },
        rerun: {
          twice: 'Every applicant of the date is there twice.',
          clear: `DELETE FROM ${etlDatabase}.ApplicantRecord WHERE ${columns.date} = the date.`,
        },
      },
      runs: { reads: null, writes: [rows('ApplicantRecord')] },
    },
    'confirmation-import': {
      cron: '0 20 * * *',
      config: {
        meaning: "Reads ESR's confirmations of the applicant files and stores what became of each applicant.",
        writes: [written('ApplicantConfirmation')],
        missed: { means: 'It is not known which applicants ESR took.', coveredBy: 'confirmation-import' },
        rerun: { twice: 'Every confirmation of the date is there twice.' },
      },
      runs: { reads: null, writes: [rows('ApplicantConfirmation')] },
    },
  } satisfies Record<string, LabLoad>;
  if (bucket === null) return always;
  const { 'confirmation-import': last, ...first } = always;
  return {
    ...first,
    'applicant-export': {
      cron: '30 15 * * *',
      config: {
        meaning: "Sends new trainees' placements to ESR, one APP file for each Local Office.",
        writes: [files('APP', bucket), { queue: etlQueue.queue }],
        feeds: ['confirmation-import'],
        closesAt: '18:00',
        missed: { means: 'New trainees reach ESR a day later.', coveredBy: 'applicant-export' },
        rerun: {
          twice: 'The same applicants go to ESR again, which can make it put a whole file aside.',
          clear: "Remove the date's APP files from the bucket while they have not been collected.",
        },
      },
      runs: {
        reads: fedBy('ApplicantRecord'),
        writes: [
          { kind: 'files', prefix: outbound, type: 'APP' },
          { kind: 'messages', exchange: etlQueue.exchange, routingKey: etlQueue.routingKey, perOffice: 1 },
        ],
      },
    },
    'notification-export': {
      cron: '30 17 * * *',
      config: {
        meaning: 'Sends the stored notifications to ESR, one file for each Local Office.',
        writes: [files('DNC', bucket)],
        closesAt: '19:00',
        missed: {
          means: 'Changed placements of the day are not sent.',
          instead: 'Ask the ESR team for a full notification file.',
        },
        rerun: { twice: 'Every notification is sent to ESR a second time.' },
      },
      runs: { reads: fedBy('EsrNotification'), writes: [{ kind: 'files', prefix: outbound, type: 'DNC' }] },
    },
    'confirmation-import': last,
  };
}

/** Tables of the lab's ETL, with what makes them. */
export const etlStatements: readonly string[] = [
  `CREATE DATABASE IF NOT EXISTS ${etlDatabase} CHARACTER SET utf8mb4`,
  ...['EsrNotification', 'ApplicantRecord', 'ApplicantConfirmation'].map(
    (table) =>
      `CREATE TABLE IF NOT EXISTS ${etlDatabase}.${table} (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, ` +
      `${columns.date} date NOT NULL, ${columns.office} varchar(8) NOT NULL) ENGINE=InnoDB`,
  ),
];

/** Local Offices of the lab. */
export const labOffices = knownLocalOffices;

/** Statement that takes away what a load wrote for a date; null for one that writes no rows. */
export function clearStatement(load: LabEtlConfig['loads'][string]): string | null {
  const table = load.writes.find((one) => one.kind === 'rows')?.table;
  return table === undefined ? null : `DELETE FROM ${table} WHERE ${columns.date} = ?`;
}
