import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * `reconcile` of a day beside the same SQL by hand with the mariadb client, on one private server: first a tenth of the
 * rows, then all of them, for how cost and memory grow. By hand the ids only go into files; comparing them with the log
 * is `mariadb-binlog`, whose time is printed beside. ROWS sets how many (1,000,000). By itself: node test/bench/reconcile.mjs
 */
/* global setInterval, clearInterval, AbortController */
const source = fileURLToPath(new URL('../../', import.meta.url));
const day = '2026-03-22';
const files = {
  bucket: 'b',
  prefix: '',
  name: 'DE_{office}_APP_{date}_{seq}.DAT',
  offices: [],
  sequence: 'none',
  lookBackDays: 1,
};
const entry = `
export { startMariadb } from './src/lab/mariadb-server.ts';
export { createReconcileReader } from './src/services/reconcile/reader.ts';
export { settingsFor } from './test/reconcile/planted-days.ts';
export { accessTo, connectTo } from './test/support/maxwell-world.ts';
`;
const tables = [
  'CREATE DATABASE tcs',
  'CREATE TABLE tcs.EsrNotification (id bigint PRIMARY KEY AUTO_INCREMENT, titleCode varchar(20), office varchar(20), postNumber varchar(60), body varchar(200), createdDate timestamp NOT NULL DEFAULT current_timestamp(), KEY (createdDate))',
  'CREATE TABLE tcs.PlacementEsrEvent (id bigint PRIMARY KEY AUTO_INCREMENT, placementId bigint NOT NULL, eventDateTime datetime, filename varchar(255), positionNumber bigint, status varchar(20), KEY (eventDateTime))',
];
const between = (column) => `${column} >= '${day} 00:00:00' AND ${column} < '2026-03-23 00:00:00'`;
/** What somebody types who wants to know the same. */
const byHand = [
  `SELECT office, COUNT(*) FROM tcs.EsrNotification WHERE ${between('createdDate')} GROUP BY office`,
  `SELECT office, postNumber, titleCode, COUNT(*) c, MIN(id), MAX(id) FROM tcs.EsrNotification WHERE ${between('createdDate')} GROUP BY office, postNumber, titleCode HAVING c > 1`,
  `SELECT id FROM tcs.EsrNotification WHERE ${between('createdDate')}`,
  `SELECT filename, COUNT(*) FROM tcs.PlacementEsrEvent WHERE ${between('eventDateTime')} GROUP BY filename`,
  `SELECT placementId, positionNumber, filename, COUNT(*) c, MIN(id), MAX(id) FROM tcs.PlacementEsrEvent WHERE ${between('eventDateTime')} GROUP BY placementId, positionNumber, filename HAVING c > 1`,
  `SELECT filename, positionNumber, COUNT(*) c FROM tcs.PlacementEsrEvent WHERE ${between('eventDateTime')} GROUP BY filename, positionNumber HAVING c > 40`,
  `SELECT id FROM tcs.PlacementEsrEvent WHERE ${between('eventDateTime')}`,
];

/** Builds the parts into `folder`; the measured process imports the same file. */
async function bundled(folder) {
  const outfile = join(folder, 'reconcile-parts.mjs');
  await build({
    stdin: { contents: entry, resolveDir: source, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** Runs a program to its end with its largest resident size. */
function run(file, args, env, input) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    let [peak, output, bytes] = [0, '', 0];
    const watch = setInterval(() => {
      try {
        peak = Math.max(
          peak,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
        );
      } catch {
        // It has ended.
      }
    }, 20);
    child.stdout.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes < 10_000) output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      if (code !== 0) reject(new Error(`${file} ended with ${code}`));
      else resolve({ ms: performance.now() - began, peakMb: Math.round(peak / 1024), output });
    });
    child.stdin.end(input ?? '');
  });
}

/** The measured part, in a process of its own. */
async function measured(partsFile, port, user) {
  const parts = await import(pathToFileURL(partsFile).href);
  const access = parts.accessTo(Number(port), user, process.env.MYSQL_PWD);
  const reader = parts.createReconcileReader({
    access: () => Promise.resolve(access),
    settings: { ...parts.settingsFor('utc'), recordsPerPost: 40, files },
    timezone: 'UTC',
    files: null,
  });
  const result = await reader.day(
    day,
    { signal: new AbortController().signal, progress: () => undefined },
    () => undefined,
  );
  process.stdout.write(
    JSON.stringify({
      counts: result.counts,
      rows: result.tables.map(({ rows, inLog }) => [rows, inLog]),
      cost: result.cost,
    }),
  );
}

/** Fills the day up to `rows` rows, nine notifications to one applicant; returns how many there are. */
async function fill(writer, have, rows) {
  await writer.query('USE tcs');
  await writer.query(`SET SESSION time_zone = '+00:00', timestamp = UNIX_TIMESTAMP('${day} 06:00:00')`);
  for (let at = have; at < rows; at += 50_000) {
    const [many, few] = [Math.min(50_000, rows - at) * 0.9, Math.min(50_000, rows - at) * 0.1];
    await writer.query(
      `INSERT INTO tcs.EsrNotification (titleCode, office, postNumber, body, createdDate) SELECT seq MOD 2, CONCAT('L', seq MOD 13), CONCAT('EMD/RXX/', seq + ${at}), REPEAT('x', 60 + seq MOD 60), '${day} 00:00:00' + INTERVAL (seq MOD 86400) SECOND FROM seq_1_to_${many}`,
    );
    await writer.query(
      `INSERT INTO tcs.PlacementEsrEvent (placementId, eventDateTime, filename, positionNumber, status) SELECT seq + ${at}, '${day} 00:00:00' + INTERVAL (seq MOD 86400) SECOND, CONCAT('DE_L', seq MOD 13, '_APP_20260322_0000', 1000 + seq MOD 13, '.DAT'), seq + ${at}, 'EXPORTED' FROM seq_1_to_${few}`,
    );
  }
  return rows;
}

/** Measures on a private server; prints by `say`. */
export async function measureReconcile({ folder, rows, rounds, say }) {
  const file = await bundled(folder);
  const parts = await import(pathToFileURL(file).href);
  await mkdir(join(folder, 'm'), { mode: 0o700 });
  const mariadb = await parts.startMariadb({ dir: join(folder, 'm'), labId: randomBytes(6).toString('hex') });
  try {
    const writer = await parts.connectTo(parts.accessTo(mariadb.port, 'root', mariadb.root.password));
    for (const sql of tables) await writer.query(sql);
    await writer.query(`SET SESSION timestamp = UNIX_TIMESTAMP('2026-03-21 12:00:00')`);
    await writer.query('RESET MASTER');
    const env = { MYSQL_PWD: mariadb.reader.password };
    const client = ['--no-defaults', '-h127.0.0.1', `-P${mariadb.port}`, `-u${mariadb.reader.user}`];
    let have = 0;
    for (const size of [rows / 10, rows]) {
      have = await fill(writer, have, size);
      const [logs] = await writer.query('SHOW BINARY LOGS');
      const hand = [];
      const ours = [];
      for (let round = 0; round < rounds; round += 1) {
        hand.push(
          await run(
            'mariadb',
            [...client, '--quick', '--batch', '--skip-column-names'],
            env,
            `SET time_zone = '+00:00';\n${byHand.join(';\n')};\n`,
          ),
        );
        ours.push(
          await run(
            process.execPath,
            [fileURLToPath(import.meta.url), file, String(mariadb.port), mariadb.reader.user],
            env,
          ),
        );
      }
      const log = await run(
        'mariadb-binlog',
        [
          ...client.slice(0, 1),
          '--read-from-remote-server',
          ...client.slice(1),
          '-v',
          '--base64-output=DECODE-ROWS',
          ...logs.map(({ Log_name: name }) => name),
        ],
        env,
      );
      const median = (runs, of) => runs.map(of).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)];
      const [ourMs, handMs] = [median(ours, ({ ms }) => ms), median(hand, ({ ms }) => ms)];
      const ratio = median(
        ours.map(({ ms }, at) => ms / hand[at].ms),
        (value) => value,
      );
      const result = JSON.parse(ours[0].output);
      say(
        `reconcile of ${size} rows: ${Math.round(ourMs)} ms with the log (${Math.round(result.cost.logBytes / 1e6)} MB), the SQL by hand ${Math.round(handMs)} ms without it, ratio ${ratio.toFixed(2)} (medians); the log by hand ${Math.round(log.ms)} ms more, ratio to both ${(ourMs / (handMs + log.ms)).toFixed(2)}; peak memory ${Math.max(...ours.map(({ peakMb }) => peakMb))} MB; found ${JSON.stringify(result.counts)} of ${JSON.stringify(result.rows)}`,
      );
    }
    await writer.end();
  } finally {
    await mariadb.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.length > 2) await measured(...process.argv.slice(2, 5));
  else {
    const folder = await mkdtemp(join(tmpdir(), 'esr-ops-bench-'));
    try {
      await measureReconcile({
        folder,
        rows: Number(process.env.ROWS ?? 1_000_000),
        rounds: Number(process.env.ROUNDS ?? 3),
        say: (line) => process.stdout.write(`${line}\n`),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
