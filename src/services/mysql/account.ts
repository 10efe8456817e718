import type { RowDataPacket } from 'mysql2/promise';
import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from './connect.ts';

/** What an account of the database is and may do. */
export interface MysqlAccount {
  /** `CURRENT_USER()`: the account that the server chose, with its host pattern. */
  readonly account: string;
  readonly version: string;
  /** Privileges with which it could change something; empty for an account that can only read. */
  readonly canWrite: readonly string[];
}

/** Privileges that only read. EXECUTE is not one of them: a routine may write with its definer's privileges. */
const reading = new Set([
  'USAGE',
  'SELECT',
  'PROCESS',
  'SHOW DATABASES',
  'SHOW VIEW',
  'SHOW CREATE ROUTINE',
  'REPLICATION CLIENT',
  'REPLICATION SLAVE',
  'BINLOG MONITOR',
  'SLAVE MONITOR',
  'REPLICA MONITOR',
  'REPLICATION REPLICA',
]);

/** Logs in, asks who that is and what it may do, and leaves. Faults as of connectMysql. */
export async function readMysqlAccount(access: MysqlAccess): Promise<MysqlAccount> {
  const connection = await connectMysql(access);
  const timeout = access.settings.timeoutMs;
  try {
    const [[row]] = await connection.query<(RowDataPacket & { account: string; version: string })[]>({
      sql: 'SELECT CURRENT_USER() AS account, VERSION() AS version',
      timeout,
    });
    const [grants] = await connection.query<RowDataPacket[]>({ sql: 'SHOW GRANTS', timeout });
    return {
      account: visible(row?.account ?? ''),
      version: visible(row?.version ?? ''),
      canWrite: grants.flatMap((grant) => writingPrivileges(String(Object.values(grant)[0] ?? ''))),
    };
  } catch (error) {
    throw new Fault({
      code: 'mysql.unreachable',
      message: `${mysqlIdentity(access.settings)} stopped answering: ${error instanceof Error ? visible(error.message) : 'no reason given'}.`,
      where: mysqlIdentity(access.settings),
      exit: 'unreachable',
    });
  } finally {
    connection.destroy();
  }
}

/** The privileges of one line of SHOW GRANTS that allow a change, with what they are on; a granted role counts whole. */
export function writingPrivileges(grant: string): readonly string[] {
  const match = /^GRANT (.+?) ON (.+?) TO /i.exec(grant);
  if (match === null) {
    const role = /^GRANT (.+?) TO /i.exec(grant)?.[1];
    return role === undefined ? [] : [`role ${visible(role)}`];
  }
  const [, privileges = '', on = ''] = match;
  const writing = privileges
    .split(/,(?![^(]*\))/)
    .map((privilege) =>
      privilege
        .replace(/\(.*\)/, '')
        .trim()
        .toUpperCase(),
    )
    .filter((privilege) => !reading.has(privilege));
  return [...writing, ...(/ WITH .*GRANT OPTION/i.test(grant) ? ['GRANT OPTION'] : [])].map(
    (privilege) => `${privilege} on ${visible(on)}`,
  );
}
