import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../core/fault.ts';
import { freePorts } from './free-ports.ts';
import { startOwned, type OwnedProcess } from './owned-process.ts';
import { tailOf } from './tail-of.ts';
import { until } from './until.ts';

/** An account of the database server. */
export interface DatabaseAccount {
  readonly user: string;
  readonly password: string;
}

/** What to start. */
export interface MariadbOptions {
  /** An existing private folder with a short path: the socket's path may have 100 characters at most. */
  readonly dir: string;
  /** Marker that its process carries in its environment. */
  readonly labId: string;
}

/** A private database server on loopback, with row binlogs. It dies with the process that started it. */
export interface MariadbServer {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly dir: string;
  /** May do everything. */
  readonly root: DatabaseAccount;
  /** May read rows, binlog state and the process list; the server itself refuses it every change. */
  readonly reader: DatabaseAccount;
  pid(): number;
  /** A real stop and start, data kept; resolves when it accepts connections again. */
  restart(): Promise<void>;
  /** Ends it in order. The folder stays. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. The folder stays. */
  kill(): Promise<void>;
}

/** Rows with all column names in the binlog, as Maxwell's readers need it; everything else kept small. */
function serverConfig(dir: string, port: number): string {
  return `[mariadbd]
datadir=${dir}/data
socket=${dir}/s
pid-file=${dir}/pid
tmpdir=${dir}/tmp
log-error=${dir}/mariadb.log
port=${port}
bind-address=127.0.0.1
skip-name-resolve
server-id=1
log-bin=mysql-bin
binlog-format=ROW
binlog-row-image=FULL
binlog-row-metadata=FULL
expire-logs-days=7
performance-schema=ON
performance-schema-max-table-instances=200
performance-schema-max-thread-instances=128
performance-schema-events-statements-history-long-size=10
performance-schema-events-stages-history-long-size=10
performance-schema-events-waits-history-long-size=10
performance-schema-events-transactions-history-long-size=10
performance-schema-digests-size=100
innodb-buffer-pool-size=32M
innodb-log-file-size=16M
innodb-flush-log-at-trx-commit=2
character-set-server=utf8mb4
default-time-zone=+00:00
`;
}

function accountsSql(root: DatabaseAccount, reader: DatabaseAccount): string {
  return [
    'SET SESSION sql_log_bin=0;',
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${root.password}';`,
    `CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '${root.password}';`,
    `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${root.password}';`,
    `GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;`,
    `DELETE FROM mysql.global_priv WHERE User='' OR (User IN ('root','mysql') AND Host NOT IN ('localhost','127.0.0.1'));`,
    'FLUSH PRIVILEGES;',
    `CREATE USER '${reader.user}'@'127.0.0.1' IDENTIFIED BY '${reader.password}';`,
    `GRANT SELECT, PROCESS, BINLOG MONITOR, REPLICATION SLAVE ON *.* TO '${reader.user}'@'127.0.0.1';`,
    '',
  ].join('\n');
}

/** Starts a private MariaDB; about two seconds from an empty folder to ready. */
export async function startMariadb({ dir, labId }: MariadbOptions): Promise<MariadbServer> {
  const at = (name: string): string => join(dir, name);
  const password = (): string => randomBytes(18).toString('base64url');
  const root = { user: 'root', password: password() };
  const reader = { user: 'esr_ops_read', password: password() };
  const { mysql: port } = await freePorts(['mysql']);
  await mkdir(at('tmp'), { mode: 0o700 });
  await writeFile(at('my.cnf'), serverConfig(dir, port), { mode: 0o600 });
  await writeFile(at('accounts.sql'), accountsSql(root, reader), { mode: 0o600 });

  // The server refuses to run as root unless told so; told the name of any other user, it would change to that one.
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
  const made = await execa(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${at('data')}`,
      // In a shared folder, two that run at once delete each other's temporary tables.
      `--tmpdir=${at('tmp')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=16M',
      ...asUser,
    ],
    { reject: false, all: true, cwd: dir },
  );
  if (made.failed) {
    throw new Fault({
      code: 'lab.mariadb-did-not-start',
      message: `mariadb-install-db failed: ${made.all}`,
      exit: 'failed',
    });
  }

  const startServer = async (...more: string[]): Promise<OwnedProcess> => {
    const started = await startOwned({
      labId,
      cwd: dir,
      file: 'mariadbd',
      args: [`--defaults-file=${at('my.cnf')}`, ...asUser, ...more],
      env: { HOME: dir },
      log: at('console.log'),
    });
    await until(
      'MariaDB to accept connections',
      async () => {
        if (!started.isAlive()) {
          throw new Fault({
            code: 'lab.mariadb-did-not-start',
            message: `MariaDB ended while it was starting:\n${await tailOf(at('mariadb.log'))}`,
            exit: 'failed',
          });
        }
        return accepts(port, reader);
      },
      { atMostMs: 60_000, everyMs: 50 },
    );
    return started;
  };

  let server = await startServer(`--init-file=${at('accounts.sql')}`);
  await rm(at('accounts.sql'));
  return {
    host: '127.0.0.1',
    port,
    socket: at('s'),
    dir,
    root,
    reader,
    pid: () => server.pid,
    restart: async () => {
      await server.end('SIGTERM');
      server = await startServer();
    },
    stop: () => server.end('SIGTERM'),
    kill: () => server.end('SIGKILL'),
  };
}

async function accepts(port: number, account: DatabaseAccount): Promise<boolean> {
  // By its default export: a bundle keeps no names of a CommonJS module that is imported when it is used.
  const { createConnection } = (await import('mysql2/promise')).default;
  const connection = await createConnection({ host: '127.0.0.1', port, ...account, connectTimeout: 2_000 });
  await connection.end();
  return true;
}
