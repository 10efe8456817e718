import type { Connection } from 'mysql2/promise';
import type { DatabaseAccount } from '../mariadb-server.ts';
import { createMaxwellTable } from './maxwell-tables.ts';
import { tisDatabase, tisStatements } from './tis-tables.ts';

/** Accounts that change data capture needs in a lab's database. */
export interface CdcAccounts {
  /** Maxwell's own, with what its documentation asks for. */
  readonly maxwell: DatabaseAccount;
  /** May read Maxwell's tables and write `positions`; the server itself refuses it all else. */
  readonly position: DatabaseAccount;
  /** Changes rows of TIS's tables; may rotate the binlog. */
  readonly writer: DatabaseAccount;
}

/** Bytes after which a binlog file is full: a lab has many of them within minutes. */
const binlogBytes = 262_144;

/** Makes TIS's tables, the accounts and an empty database for Maxwell. `root` may do everything. */
export async function prepareDatabase(root: Connection, accounts: CdcAccounts, schemaDatabase: string): Promise<void> {
  const { maxwell, position, writer } = accounts;
  const own = `\`${schemaDatabase}\``;
  const make = ({ user, password }: DatabaseAccount): string =>
    `CREATE USER '${user}'@'127.0.0.1' IDENTIFIED BY '${password}'`;
  const statements = [
    // Maxwell 1.22 does not know the name utf8mb3: without this mode, `utf8` in its own tables means utf8mb4.
    `SET GLOBAL old_mode = ''`,
    `SET SESSION old_mode = ''`,
    // MySQL has no such events, and Maxwell warns of each.
    `SET GLOBAL binlog_annotate_row_events = OFF`,
    `SET GLOBAL max_binlog_size = ${binlogBytes}`,
    ...tisStatements,
    `CREATE DATABASE ${own}`,
    createMaxwellTable(schemaDatabase, 'positions'),
    make(maxwell),
    `GRANT ALL ON ${own}.* TO '${maxwell.user}'@'127.0.0.1'`,
    `GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO '${maxwell.user}'@'127.0.0.1'`,
    make(position),
    `GRANT SELECT ON ${own}.* TO '${position.user}'@'127.0.0.1'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${own}.positions TO '${position.user}'@'127.0.0.1'`,
    make(writer),
    `GRANT SELECT, INSERT, UPDATE, DELETE, ALTER ON ${tisDatabase}.* TO '${writer.user}'@'127.0.0.1'`,
    `GRANT RELOAD ON *.* TO '${writer.user}'@'127.0.0.1'`,
  ];
  for (const statement of statements) await root.query(statement);
}
