import { zoneOf } from '../../core/deadline.ts';
import { Fault } from '../../core/fault.ts';
import type { LoadType, LoadWrite } from '../../core/load-type.ts';
import { plusDays, startOfDay } from '../../core/local-day.ts';
import type { FoundWrite, LoadJob, LoadReaders, RowQuestion } from '../../core/ports-loads.ts';
import type { S3Buckets } from '../../core/ports-s3.ts';
import type { RabbitReader } from '../../core/ports.ts';
import { createS3Check, expectationOf } from '../../core/s3-check.ts';
import type { S3Finding } from '../../core/s3-report.ts';
import type { CountedRows } from '../mysql/count-rows.ts';

/** Where what load types write is looked for. */
export interface WritePlaces {
  readonly timezone: string;
  /** The environment's vhost. */
  readonly vhost: string;
  /** Null: the environment has no database. */
  readonly count: ((question: RowQuestion) => Promise<CountedRows>) | null;
  readonly rabbit: Pick<RabbitReader, 'depths'>;
  /** Null: the environment has no object storage. */
  readonly s3: S3Buckets | null;
  /** All load types: a key that one of them writes is strange to none. */
  readonly loadTypes: readonly LoadType[];
  readonly localOffices: readonly string[];
}

/** Looks at everything that a load type writes for a date. What can't be looked at says why, and stops nothing. */
export function createFoundWrites(places: WritePlaces): LoadReaders['found'] {
  return (job, offices) => Promise.all(job.load.writes.map((write) => findWrite(write, job, offices, places)));
}

async function findWrite(
  write: LoadWrite,
  job: LoadJob,
  offices: readonly string[],
  places: WritePlaces,
): Promise<FoundWrite> {
  try {
    switch (write.kind) {
      case 'table':
        return await findRows(write, job, offices, places);
      case 'queue':
        return await findMessages(write, places);
      case 's3':
        return await findFiles(write, job, offices, places);
      default:
        return write satisfies never;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return notKnown(placeOf(write), unitOf[write.kind], error.problems[0].message);
  }
}

async function findRows(
  { table }: Extract<LoadWrite, { kind: 'table' }>,
  { load, date }: LoadJob,
  offices: readonly string[],
  { count, timezone }: WritePlaces,
): Promise<FoundWrite> {
  const where = `${table.database}.${table.table}`;
  if (count === null) return notKnown(where, 'rows', 'the environment has no mysql section');
  const counted = await count({ table, date, zone: zoneOf(load, timezone) });
  const total = (of: CountedRows): number => of.reduce((sum, { rows }) => sum + rows, 0);
  if (table.office === null)
    return { where, unit: 'rows', total: total(counted), byOffice: null, findings: [], unknown: null };
  const rowsOf = (office: string): number =>
    total(counted.filter((one) => one.office === (table.officeIs[office] ?? office)));
  const byOffice = Object.fromEntries(offices.map((office) => [office, rowsOf(office)]));
  const known = Object.values(byOffice).reduce((sum, rows) => sum + rows, 0);
  return { where, unit: 'rows', total: known, byOffice, findings: [], unknown: null };
}

async function findMessages(
  { queue, vhost }: Extract<LoadWrite, { kind: 'queue' }>,
  places: WritePlaces,
): Promise<FoundWrite> {
  const in_ = vhost ?? places.vhost;
  const where = `queue ${queue} of vhost ${in_}`;
  const depths = await places.rabbit.depths(in_);
  const found = depths?.find((one) => one.queue === queue);
  if (found === undefined)
    return notKnown(where, 'messages', depths === null ? 'the vhost is not running' : 'there is no such queue');
  const consumed = found.consumers === 0 ? [] : [`${found.consumers} consumer(s) take messages off it meanwhile`];
  return { where, unit: 'messages', total: found.messages, byOffice: null, findings: consumed, unknown: null };
}

async function findFiles(
  write: Extract<LoadWrite, { kind: 's3' }>,
  { load, date }: LoadJob,
  offices: readonly string[],
  { s3, timezone, loadTypes, localOffices }: WritePlaces,
): Promise<FoundWrite> {
  if (s3 === null) return notKnown(placeOf(write), 'files', 'the environment has no s3 section');
  const known = loadTypes.flatMap((other) =>
    other.writes.flatMap((one) =>
      one.kind === 's3' && one.bucket === write.bucket ? [expectationOf(other.name, one, localOffices)] : [],
    ),
  );
  const day = { date, fromMs: startOfDay(date, timezone), toMs: startOfDay(plusDays(date, 1), timezone) };
  // Numbers go on from one Local Office to the next: of some alone nothing can be said about them.
  const contiguous = write.contiguous && localOffices.every((office) => offices.includes(office));
  const check = createS3Check([expectationOf(load.name, { ...write, contiguous }, offices)], day, known);
  for await (const page of s3(write.bucket).list(check.ranges)) check.take(page);
  const [report] = check.reports();
  if (report === undefined) return notKnown(placeOf(write), 'files', 'the listing gave no answer');
  const named = report.offices.length > 0;
  return {
    where: `s3://${report.bucket}/${report.prefix}`,
    unit: 'files',
    total: report.found,
    byOffice: named ? Object.fromEntries(report.offices.map(({ code, found }) => [code, found])) : null,
    findings: report.found === 0 ? [] : report.findings.flatMap(findingWords),
    unknown: null,
  };
}

/** What makes a day's files less than complete. A missing one is said by Local Office already. */
function findingWords(finding: S3Finding): readonly string[] {
  switch (finding.kind) {
    case 'missing':
      return finding.office === null ? [`${finding.found} of ${finding.expected} files`] : [];
    case 'too-many':
      return [`${finding.found} files of ${finding.office ?? 'the date'} instead of ${finding.expected}`];
    case 'too-small':
      return [`${finding.key} has ${finding.bytes} bytes`];
    case 'gap':
      return [`no file has the numbers ${finding.from} to ${finding.to}`];
    case 'sequence-twice':
      return [`${finding.keys.length} files have the number ${finding.sequence}`];
    case 'sequence-back':
      return [`the numbers begin at ${finding.first}, and ${finding.on} had reached ${finding.reached}`];
    case 'unexpected':
      return [];
    default:
      return finding satisfies never;
  }
}

const unitOf = { table: 'rows', s3: 'files', queue: 'messages' } as const;

function placeOf(write: LoadWrite): string {
  if (write.kind === 'table') return `${write.table.database}.${write.table.table}`;
  return write.kind === 's3' ? `s3://${write.bucket}/${write.prefix}` : `queue ${write.queue}`;
}

function notKnown(where: string, unit: FoundWrite['unit'], unknown: string): FoundWrite {
  return { where, unit, total: null, byOffice: null, findings: [], unknown };
}
