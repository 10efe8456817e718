import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { LabEtlConfig } from '../../src/lab/programs/etl.ts';
import type { LabS3Access } from '../../src/lab/s3/start-s3.ts';
import {
  esrOps,
  programFile,
  testEnvironment,
  type Ended,
  type EnvironmentChanges,
  type TestEnvironment,
} from '../support/program.ts';
import { servers } from '../support/servers.ts';

export const offices = ['EMD', 'LDN', 'OXF', 'YHD'];

/** An environment with load types that the lab's ETL runs on this machine, and a database of its own. */
export interface EtlWorld {
  readonly environment: TestEnvironment;
  readonly database: string;
  /** Arguments with which the lab's ETL runs a load type. */
  readonly words: readonly string[];
  /** `etl run` of a load type for a date, in a script, with JSON lines. */
  readonly etl: (loadType: string, date: string, ...more: readonly string[]) => Promise<Ended>;
  readonly run: (args: readonly string[], options?: Parameters<typeof esrOps>[2]) => Promise<Ended>;
  /** `startup`, `partial`, `file-missing`; null heals. */
  readonly break: (loadType: string, fault: string | null) => Promise<void>;
  readonly rows: (date: string) => Promise<number>;
  close(): Promise<void>;
}

/** What of a world is not as usual. */
export interface EtlWorldOptions {
  /** Ms that a Local Office takes. Default 100. */
  readonly officeMs?: number;
  /** What load types write besides rows, or instead of them. */
  readonly writes?: Readonly<Record<string, LabEtlConfig['loads'][string]['writes']>>;
  readonly s3?: LabS3Access;
  /** More of the environment. */
  readonly environment?: EnvironmentChanges;
}

/** Other load types, each with what a load type needs filled in; `home` holds what a run reads. */
export type MoreLoads = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Makes it. `more` are other load types. */
export async function etlWorld(
  vhost: string,
  more: MoreLoads | ((home: string) => MoreLoads) = {},
  options: EtlWorldOptions = {},
): Promise<EtlWorld> {
  const { mariadb } = servers();
  const database = `etl_${randomBytes(4).toString('hex')}`;
  const root = await mysql.createConnection({ ...mariadb.root, host: mariadb.host, port: mariadb.port });
  const query = (sql: string) => root.query(sql);
  await query(`CREATE DATABASE ${database}`);
  await query(
    `CREATE TABLE ${database}.EsrNotification (id bigint AUTO_INCREMENT PRIMARY KEY, created date, office varchar(8))`,
  );
  const home = await mkdtemp(join(tmpdir(), 'esr-ops-etl-'));
  const file = join(home, 'etl.json');
  const faults = join(home, 'faults');
  const others = typeof more === 'function' ? more(home) : more;
  await mkdir(faults);
  const load = (name: string) => ({
    meaning: `what ${name} means`,
    component: 'esr-etl',
    run: {
      program: process.execPath,
      args: [...etlWords(file), { when: 'deanery', words: ['${deanery}'] }],
    },
    parameters: { deanery: { type: 'deanery', help: 'only this Local Office' } },
    usually: '5s',
    writes: [{ table: `${database}.EsrNotification`, date: 'created', office: 'office', offices: 'all' }],
    evidenceWithin: '500ms',
    missed: { means: 'Nobody learns of changed placements.', instead: 'Tell the ESR team.' },
    rerun: { twice: 'Every notification of the date is there twice.', clear: 'Delete the rows of the date.' },
    log: { failed: ['^ERROR'] },
    busy: { command: ['sh', '-c', 'exit 3'] },
  });
  const environment = await testEnvironment(vhost, {
    localOffices: offices,
    components: { 'esr-etl': { is: 'The ETL.', owner: 'us', control: 'person' } },
    loadTypes: {
      'notifications-daily-load': load('notifications-daily-load'),
      ...Object.fromEntries(Object.entries(others).map(([name, own]) => [name, { ...load(name), ...own }])),
    },
    ...options.environment,
  });
  const rows = {
    kind: 'rows' as const,
    table: `${database}.EsrNotification`,
    date: 'created',
    office: 'office',
    perOffice: 3,
    more: {},
  };
  const config: LabEtlConfig = {
    offices,
    officeMs: options.officeMs ?? 100,
    mysql: { host: mariadb.host, port: mariadb.port, ...mariadb.root },
    amqp: null,
    s3: options.s3 ?? null,
    loads: Object.fromEntries(
      ['notifications-daily-load', ...Object.keys(others)].map((name) => [
        name,
        { reads: null, writes: options.writes?.[name] ?? [rows] },
      ]),
    ),
    faults,
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const run: EtlWorld['run'] = (args, options) => esrOps([...args, '--env', 'test'], environment, options);
  return {
    environment,
    database,
    words: etlWords(file),
    run,
    etl: (loadType, date, ...words) =>
      run(['etl', 'run', '--load-type', loadType, '--date', date, '--output', 'json', ...words]),
    break: async (loadType, fault) => {
      if (fault === null) await rm(join(faults, loadType), { force: true });
      else await writeFile(join(faults, loadType), fault);
    },
    rows: async (date) => {
      const [found] = await root.query(`SELECT COUNT(*) AS n FROM ${database}.EsrNotification WHERE created = ?`, [
        date,
      ]);
      return (found as unknown as { n: number }[])[0]!.n;
    },
    close: async () => {
      await query(`DROP DATABASE ${database}`);
      await root.end();
      await environment.remove();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Arguments of node for a run of the lab's ETL. */
function etlWords(file: string): readonly string[] {
  return [programFile(), 'lab-program', 'etl', file, '${loadType}', '${date}'];
}
