import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
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
  loads: z.record(z.string(), z.strictObject({ reads: z.string().nullable(), writes: z.array(write) })),
  /**
   * Folder in which a file named after a load type makes it fail: `startup` (before it began), `partial` (half-way
   * through the Local Offices) or `file-missing` (as if nothing was wrong, without its last file).
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
  if (fault === 'startup') {
    say('ERROR Application startup failed');
    return 1;
  }
  say(`INFO Started EsrEtlApplication for ${run.loadType} ${run.date}`);
  const offices = run.office === null ? settings.offices : [run.office];
  const stores = await openStores(settings);
  try {
    if (load.reads !== null) say(`INFO read ${await stores.count(load.reads)} rows of ${load.reads}`);
    for (const [index, office] of offices.entries()) {
      if (fault === 'partial' && index >= offices.length / 2) {
        say(`ERROR Job failed: ${office} and those after it were not written`);
        return 1;
      }
      for (const one of load.writes) {
        if (one.kind === 'rows') await stores.rows(one, office, run.date);
        else if (one.kind === 'messages') await stores.messages(one, office, run.date);
        else if (fault !== 'file-missing' || index < offices.length - 1) await stores.file(one, office, run.date);
      }
      say(`INFO wrote ${office}`);
      await sleep(settings.officeMs);
    }
    say(`INFO Job finished: ${run.loadType} ${run.date}, ${offices.length} Local Offices`);
    return 0;
  } finally {
    await stores.close();
  }
}

async function faultOf(folder: string, loadType: string): Promise<string> {
  const file = join(folder, loadType);
  const there = await stat(file).catch(() => null);
  return there === null ? '' : (await readFile(file, 'utf8')).trim();
}

type Rows = Extract<z.infer<typeof write>, { kind: 'rows' }>;
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
    count: async (table: string): Promise<number> => {
      const [rows] = await present(database, 'mysql').query(`SELECT COUNT(*) AS n FROM ${table}`);
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
    file: (one: Files, office: string, date: string) => putFile(present(bucket, 's3'), one, office, date),
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
async function putFile(s3: LabS3Client, { prefix, type }: Files, office: string, date: string): Promise<void> {
  const numbers = (await s3.keys(prefix)).flatMap((key) => {
    const number = new RegExp(`DE_[A-Z]+_${type}_\\d{8}_(\\d{8})\\.DAT$`).exec(key)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const next = String(Math.max(0, ...numbers) + 1).padStart(8, '0');
  const name = `DE_${office}_${type}_${date.replaceAll('-', '')}_${next}.DAT`;
  await s3.put(`${prefix}${date}/${name}`, `${office} ${date}\n`);
}

function present<T>(value: T | null, what: string): T {
  if (value === null) throw new Error(`the lab's ETL was given no ${what}`);
  return value;
}
