import { appendFile, readFile } from 'node:fs/promises';
import mysql from 'mysql2/promise';
import type { RunningLab } from '../lab-files.ts';
import type { LabEtlConfig } from '../programs/etl.ts';
import { labS3Client, type LabS3Client } from '../s3/lab-client.ts';
import { clearStatement, labLoads, outbound } from './etl-loads.ts';
import type { EtlRecord } from './etl-record.ts';

/** What the lab's ETL writes into, for who breaks and heals it. */
export interface EtlStores {
  readonly config: LabEtlConfig;
  readonly s3: LabS3Client | null;
  /** Rows or files of a load type for a date. */
  count(loadType: string, date: string): Promise<number>;
  /** Local Offices that have any rows of it. */
  offices(loadType: string, date: string): Promise<readonly string[]>;
  /** Whether each Local Office has what it should have, once. */
  isWhole(loadType: string, date: string): Promise<boolean>;
  /** Takes away what it wrote for a date. */
  clear(loadType: string, date: string): Promise<void>;
  note(what: NewRecord): Promise<void>;
}

type NewRecord<R = EtlRecord> = R extends EtlRecord ? Omit<R, 'at'> : never;

/** Opens them, and closes them again whatever happens. */
export async function withStores<T>(
  etl: NonNullable<RunningLab['etl']>,
  work: (stores: EtlStores) => Promise<T>,
): Promise<T> {
  const config = JSON.parse(await readFile(etl.config, 'utf8')) as LabEtlConfig;
  if (config.mysql === null) throw new Error('the lab has no database');
  const database = await mysql.createConnection(config.mysql);
  const s3 = config.s3 === null ? null : labS3Client(config.s3);
  const loads = labLoads(etl.s3?.bucket ?? null);
  const writes = (loadType: string) => loads[loadType]?.runs.writes ?? [];
  const byOffice = async (loadType: string, date: string): Promise<ReadonlyMap<string, number>> => {
    const [place] = writes(loadType);
    if (place?.kind === 'rows') {
      const [rows] = await database.query(
        `SELECT ${place.office} AS office, COUNT(*) AS n FROM ${place.table} WHERE ${place.date} = ? GROUP BY 1`,
        [date],
      );
      return new Map((rows as unknown as readonly { office: string; n: number }[]).map(({ office, n }) => [office, n]));
    }
    const counts = new Map<string, number>();
    for (const key of await keysOf(loadType, date)) {
      const office = /DE_([A-Z]+)_/.exec(key)?.[1] ?? '';
      counts.set(office, (counts.get(office) ?? 0) + 1);
    }
    return counts;
  };
  const keysOf = async (loadType: string, date: string): Promise<readonly string[]> => {
    const types = writes(loadType).flatMap((one) => (one.kind === 'files' ? [`_${one.type}_`] : []));
    const keys = types.length === 0 ? [] : ((await s3?.keys(`${outbound}${date}/`)) ?? []);
    return keys.filter((key) => types.some((type) => key.includes(type)));
  };
  const note: EtlStores['note'] = (what) =>
    appendFile(etl.record, `${JSON.stringify({ at: Date.now(), ...what })}\n`, { mode: 0o600 });
  try {
    return await work({
      config,
      s3,
      note,
      count: async (loadType, date) => [...(await byOffice(loadType, date)).values()].reduce((sum, n) => sum + n, 0),
      offices: async (loadType, date) => [...(await byOffice(loadType, date)).keys()].toSorted(),
      isWhole: async (loadType, date) => {
        const [place] = writes(loadType);
        const counts = await byOffice(loadType, date);
        const wanted = place?.kind === 'rows' ? place.perOffice : 1;
        return config.offices.every((office) => counts.get(office) === wanted);
      },
      clear: async (loadType, date) => {
        const run = loads[loadType]?.runs;
        const statement = run === undefined ? null : clearStatement(run);
        if (statement !== null) await database.query(statement, [date]);
        for (const key of await keysOf(loadType, date)) await s3?.remove(key);
        await note({ loadType, date, event: 'cleared' });
      },
    });
  } finally {
    await database.end();
    s3?.close();
  }
}
