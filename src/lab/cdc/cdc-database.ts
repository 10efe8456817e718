import { readFile } from 'node:fs/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { RunningLab } from '../lab-files.ts';
import { until } from '../until.ts';

/** A row of the database, as its driver gives it. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Octets of events that one small change surely has, with room for what the server writes by itself. */
const oneChange = 1_000;

/** Waits a while for changes behind the position: purging nothing that was needed would be no fault. */
export async function changesAfter(root: Connection, file: string, position: number): Promise<void> {
  const behind = async (): Promise<number> => {
    const [files] = await root.query<RowDataPacket[]>('SHOW BINARY LOGS');
    const newer = files.filter(({ Log_name: name }) => String(name) >= file);
    return newer.reduce((sum, { File_size: size }) => sum + Number(size), -position);
  };
  await until('rows to be changed', async () => (await behind()) > oneChange, { atMostMs: 60_000, everyMs: 100 }).catch(
    () => undefined,
  );
}

/** Maxwell's stored position in the lab; undefined: there is none. */
export async function positionRow(root: Connection, cdc: NonNullable<RunningLab['cdc']>): Promise<Row | undefined> {
  const [rows] = await root.query<RowDataPacket[]>(
    `SELECT * FROM \`${cdc.schemaDatabase}\`.positions WHERE client_id = ?`,
    [cdc.clientId],
  );
  return rows[0];
}

/** Names of the binlogs that are there, oldest first. */
export async function binlogFiles(root: Connection): Promise<readonly string[]> {
  const [rows] = await root.query<RowDataPacket[]>('SHOW BINARY LOGS');
  return rows.map((row) => String(row['Log_name']));
}

/** Works on the lab's database as root, on a connection of its own. */
export async function withRoot<T>({ mariadb }: RunningLab, work: (root: Connection) => Promise<T>): Promise<T> {
  const { createConnection } = (await import('mysql2/promise')).default;
  const root = await createConnection({
    host: mariadb.host,
    port: mariadb.port,
    user: mariadb.root.user,
    password: await readFile(mariadb.root.passwordFile, 'utf8'),
  });
  try {
    return await work(root);
  } finally {
    await root.end();
  }
}
