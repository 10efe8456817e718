import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { EtlRecord } from '../etl/etl-record.ts';
import { labS3Client, type LabS3Client } from '../s3/lab-client.ts';

const login = z.strictObject({ host: z.string(), port: z.number(), user: z.string(), password: z.string() });
const identifier = z.string().regex(/^[\w$]+$/);

const write = z.discriminatedUnion('kind', [
  /** So many rows for each Local Office, with the date and the office in these columns. */
  z.strictObject({
    kind: z.literal('rows'),
    table: z.string().regex(/^[\w$]+\.[\w$]+$/),
    date: identifier,
    office: identifier,
    perOffice: z.int().nonnegative(),
    more: z.record(identifier, z.string()),
  }),
  /** A file for each Local Office, numbered on from the highest number that is there. */
  z.strictObject({ kind: z.literal('files'), prefix: z.string(), type: z.string() }),
  /** So many messages for each Local Office. */
  z.strictObject({
    kind: z.literal('messages'),
    exchange: z.string(),
    routingKey: z.string(),
    perOffice: z.int().nonnegative(),
  }),
]);

const config = z.strictObject({
  offices: z.array(z.string()).min(1),
  /** Ms that each Local Office takes. */
  officeMs: z.int().nonnegative(),
  mysql: login.nullable(),
  amqp: z.strictObject({ ...login.shape, vhost: z.string() }).nullable(),
  s3: z
    .strictObject({
      endpoint: z.string(),
      region: z.string(),
      bucket: z.string(),
      accessKeyId: z.string(),
      secretAccessKey: z.string(),
    })
    .nullable(),
  /**
   * `reads`: the rows that it is fed with, by the same columns; a Local Office without any gets no file. Null: it is fed
   * with nothing.
   */
  loads: z.record(
    z.string(),
    z.strictObject({
      reads: z
        .strictObject({ table: z.string().regex(/^[\w$]+\.[\w$]+$/), date: identifier, office: identifier })
        .nullable(),
      writes: z.array(write),
    }),
  ),
  /** Answers 200 when the service works that every run needs; left out: none does. */
  needs: z.string().optional(),
  /** File in which it writes down what it did, a JSON line each; left out: nowhere. */
  record: z.string().optional(),
  /**
   * Folder in which a file named after a load type makes it fail: `startup` (before it began), `partial` (half-way
   * through the Local Offices; `partial 11` after so many) or `file-missing` (as if nothing was wrong, without its last file).
   */
  faults: z.string(),
});

/** Configuration of the lab's ETL; the file holds passwords. */
export type LabEtlConfig = z.infer<typeof config>;

/** What a run is asked for. */
export interface LabEtlRun {
  readonly loadType: string;
  readonly date: string;
  /** Null: all Local Offices. */
  readonly office: string | null;
}

/**
 * One run of the lab's ETL: reads what it is fed with and writes rows, files and messages for each Local Office, as its
 * load type says. Twice run it writes everything twice, as the real one does. Returns the exit code.
 */
export async function runLabEtl(file: string, run: LabEtlRun, say: (line: string) => void): Promise<number> {
  const settings = config.parse(JSON.parse(await readFile(file, 'utf8')));
  const load = settings.loads[run.loadType];
  if (load === undefined) {
    say(`ERROR there is no load type ${run.loadType}`);
    return 2;
  }
  const fault = await faultOf(settings.faults, run.loadType);
  const note = noteIn(settings.record, run);
  const failed = async (...lines: readonly string[]): Promise<number> => {
    for (const line of lines) say(`ERROR ${line}`);
    await note({ event: 'failed', why: lines.join(': ') });
    return 1;
  };
  if (fault === 'startup') return await failed('Application startup failed');
  const down = await whyDown(settings.needs);
  if (down !== null) return await failed('Application startup failed', `ESR does not answer: ${down}`);
  say(`INFO Started EsrEtlApplication for ${run.loadType} ${run.date}`);
  const offices = run.office === null ? settings.offices : [run.office];
  const stores = await openStores(settings);
  const { reads } = load;
  try {
    for (const [index, office] of offices.entries()) {
      if (index >= stopsAt(fault, offices.length))
        return await failed(`Job failed: ${office} and those after it were not written`);
      const fed = reads === null ? 1 : await stores.count(reads, office, run.date);
      if (reads !== null) say(`INFO read ${fed} rows of ${reads.table} for ${office}`);
      for (const one of load.writes) {
        const wrote = { event: 'wrote', office } as const;
        if (one.kind === 'rows') {
          await stores.rows(one, office, run.date);
          await note({ ...wrote, what: 'rows', count: one.perOffice });
        } else if (fed === 0) say(`WARN nothing to send for ${office}`);
        else if (one.kind === 'messages') {
          await stores.messages(one, office, run.date);
          await note({ ...wrote, what: 'messages', count: one.perOffice });
        } else if (fault !== 'file-missing' || index < offices.length - 1) {
          const key = await stores.file(one, office, run.date, fed);
          await note({ ...wrote, what: 'file', count: 1, key });
        }
      }
      say(`INFO wrote ${office}`);
      await sleep(settings.officeMs);
    }
    say(`INFO Job finished: ${run.loadType} ${run.date}, ${offices.length} Local Offices`);
    await note({ event: 'finished' });
    return 0;
  } finally {
    await stores.close();
  }
}

type Noted<R = EtlRecord> = R extends EtlRecord ? Omit<R, 'at' | 'loadType' | 'date'> : never;

function noteIn(record: string | undefined, { loadType, date }: LabEtlRun): (what: Noted) => Promise<void> {
  return async (what) => {
    if (record === undefined) return;
    await appendFile(record, `${JSON.stringify({ at: Date.now(), loadType, date, ...what })}\n`, { mode: 0o600 });
  };
}

/** Why the service that it needs does not work; null when it does. */
async function whyDown(needs: string | undefined): Promise<string | null> {
  if (needs === undefined) return null;
  try {
    const { status } = await fetch(needs, { signal: AbortSignal.timeout(5_000) });
    return status === 200 ? null : `${needs} answered ${status}`;
  } catch {
    return `nobody listens at ${needs}`;
  }
}

async function faultOf(folder: string, loadType: string): Promise<string> {
  const file = join(folder, loadType);
  const there = await stat(file).catch(() => null);
  return there === null ? '' : (await readFile(file, 'utf8')).trim();
}

/** Local Offices after which a run fails. */
function stopsAt(fault: string, offices: number): number {
  const [, after] = /^partial(?: (\d+))?$/.exec(fault) ?? [];
  if (after !== undefined) return Number(after);
  return fault === 'partial' ? offices / 2 : Infinity;
}

type Rows = Extract<z.infer<typeof write>, { kind: 'rows' }>;
type Fed = NonNullable<LabEtlConfig['loads'][string]['reads']>;
type Files = Extract<z.infer<typeof write>, { kind: 'files' }>;
type Messages = Extract<z.infer<typeof write>, { kind: 'messages' }>;

/** Everything that a run reads and writes, connected when it is first used. */
async function openStores({ mysql, amqp, s3 }: LabEtlConfig) {
  const database = mysql === null ? null : await (await import('mysql2/promise')).default.createConnection(mysql);
  const broker =
    amqp === null ? null : await (await import('amqplib')).default.connect({ protocol: 'amqp', ...brokerOf(amqp) });
  const channel = await broker?.createConfirmChannel();
  const bucket = s3 === null ? null : labS3Client(s3);
  return {
    count: async (fed: Fed, office: string, date: string): Promise<number> => {
      const [rows] = await present(database, 'mysql').query(
        `SELECT COUNT(*) AS n FROM ${fed.table} WHERE ${fed.date} = ? AND ${fed.office} = ?`,
        [date, office],
      );
      return (rows as unknown as readonly { n: number }[])[0]?.n ?? 0;
    },
    rows: async (one: Rows, office: string, date: string): Promise<void> => {
      const columns = [one.date, one.office, ...Object.keys(one.more)];
      const values = Array.from({ length: one.perOffice }, () => [date, office, ...Object.values(one.more)]);
      if (values.length === 0) return;
      await present(database, 'mysql').query(`INSERT INTO ${one.table} (${columns.join(', ')}) VALUES ?`, [values]);
    },
    messages: async (one: Messages, office: string, date: string): Promise<void> => {
      const confirms = present(channel ?? null, 'amqp');
      for (let index = 0; index < one.perOffice; index += 1)
        confirms.publish(one.exchange, one.routingKey, Buffer.from(JSON.stringify({ office, date, index })), {
          persistent: true,
        });
      await confirms.waitForConfirms();
    },
    file: (one: Files, office: string, date: string, rows: number) =>
      putFile(present(bucket, 's3'), one, office, date, rows),
    close: async (): Promise<void> => {
      await database?.end();
      await broker?.close();
      bucket?.close();
    },
  };
}

function brokerOf({ host, port, user, password, vhost }: NonNullable<LabEtlConfig['amqp']>) {
  return { hostname: host, port, username: user, password, vhost };
}

/** One counter for all Local Offices and dates: on from the highest number among the files of its type. */
async function putFile(
  s3: LabS3Client,
  { prefix, type }: Files,
  office: string,
  date: string,
  rows: number,
): Promise<string> {
  const numbers = (await s3.keys(prefix)).flatMap((key) => {
    const number = new RegExp(`DE_[A-Z]+_${type}_\\d{8}_(\\d{8})\\.DAT$`).exec(key)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const next = String(Math.max(0, ...numbers) + 1).padStart(8, '0');
  const name = `DE_${office}_${type}_${date.replaceAll('-', '')}_${next}.DAT`;
  const key = `${prefix}${date}/${name}`;
  await s3.put(key, `${office} ${date} ${rows}\n`);
  return key;
}

function present<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`the lab's ETL was given no ${what}`);
  return value;
}
