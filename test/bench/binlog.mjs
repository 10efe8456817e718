import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `locate` and `preview` beside mariadb-binlog on one private server, over 1 and over 20 files of 100 MB (MEGABYTES
 * and FILES change that). Every process is given a proxy's port: it counts what crosses the link and can throttle it
 * to 100 Mbit/s. Prints medians over random times, and ratios.
 */
/* global setInterval, clearInterval */
const megabytes = Number(process.env.MEGABYTES ?? 100);
const fileCount = Number(process.env.FILES ?? 20);
const rounds = Number(process.env.ROUNDS ?? 3);
const identity = { clientId: 'maxwell', schemaDatabase: 'maxwell' };

const dir = await mkdtemp(join(tmpdir(), 'esr-bb-'));
const reading = `
export { locate } from './src/services/maxwell/locate.ts';
export { preview } from './src/services/maxwell/preview.ts';
export { accessTo, connectTo, heartbeatWriter, makeMaxwellTables } from './test/support/maxwell-world.ts';
`;
const lab = `export { startMariadb } from './src/lab/mariadb-server.ts';`;

/** Makes one module of some of the product's parts. */
async function bundled(name, contents) {
  const { build } = await import('esbuild');
  const outfile = join(dir, name);
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
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
const child = process.env.BENCH_PARTS;
const readingFile = child ?? (await bundled('reading.mjs', reading));
const parts = {
  ...(await import(pathToFileURL(readingFile).href)),
  ...(child === undefined ? await import(pathToFileURL(await bundled('lab.mjs', lab)).href) : {}),
};

/** The measured part, in a process of its own: one JSON line on stdout. */
async function measured(what, port, argument) {
  const access = parts.accessTo(Number(port), process.env.BENCH_USER, process.env.MYSQL_PWD);
  const result =
    what === 'locate'
      ? await parts.locate({ access, ...identity, atMs: Number(argument) })
      : await parts.preview({ access, ...identity, from: { file: argument, offset: 4 } });
  process.stdout.write(
    JSON.stringify({
      maxRss: process.resourceUsage().maxRSS * 1024,
      cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
      proven: result.proven,
      rows: result.tables?.reduce((sum, one) => sum + one.insert + one.update + one.delete, 0),
    }),
  );
}

/** A TCP proxy that counts, and lets through `bytesPerSecond` from the server when that is set. */
async function startProxy(target) {
  const state = { bytes: 0, bytesPerSecond: Infinity, port: 0, close: () => undefined };
  const server = createServer((client) => {
    const upstream = connect({ port: target, host: '127.0.0.1' });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream);
    let debt = 0;
    let since = performance.now();
    upstream.on('data', (chunk) => {
      state.bytes += chunk.length;
      const room = client.write(chunk);
      if (Number.isFinite(state.bytesPerSecond)) {
        const now = performance.now();
        debt = Math.max(0, debt - ((now - since) / 1000) * state.bytesPerSecond) + chunk.length;
        since = now;
        const waits = (debt / state.bytesPerSecond) * 1000;
        if (waits > 5) {
          upstream.pause();
          setTimeout(
            () => (client.writableNeedDrain ? client.once('drain', () => upstream.resume()) : upstream.resume()),
            waits,
          );
          return;
        }
      }
      if (!room) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
    });
    upstream.on('end', () => client.end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.port = server.address().port;
  state.close = () => server.close();
  return state;
}

/** Runs a program to its end; its output is passed over, counted by `each` when that is given. */
function run(file, args, env, each) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    // GNU time is not everywhere; the kernel's own count is, in /proc, until the process ends.
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    let peak = 0;
    let cpuMs = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentPeak(child.pid));
      cpuMs = Math.max(cpuMs, cpuSoFar(child.pid));
    }, 20);
    let output = '';
    child.stdout.on('data', (chunk) => (each === undefined ? (output += chunk.toString()) : each(chunk)));
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(watch);
      resolve({ ms: performance.now() - began, peak, cpuMs, output });
    });
  });
}

function residentPeak(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Processor time of a process, ms, in the kernel's hundredths of a second. */
function cpuSoFar(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** Fills the log: large and small transactions, and a heartbeat after every few. */
async function fill(root) {
  const writer = await parts.connectTo(root);
  const beat = parts.heartbeatWriter(writer);
  await writer.query('USE tcs');
  await writer.query(`SET GLOBAL max_binlog_size = ${megabytes * 1_048_576}`);
  const columns = 'mark, note, wte, at, kind, body, flag, name';
  const row = "seq, REPEAT('n', seq MOD 90), 1.5, NOW(3), 'a', REPEAT('b', seq MOD 400), 1, 'name'";
  await beat();
  const firstMs = Date.now();
  for (let turn = 0; ; turn += 1) {
    await writer.query(`INSERT INTO tcs.Placement (${columns}) SELECT ${row} FROM seq_1_to_10000`);
    for (let small = 0; small < 40; small += 1)
      await writer.query(`INSERT INTO tcs.Placement (${columns}) SELECT ${row} FROM seq_1_to_3`);
    await beat();
    if (turn % 8 === 0) {
      await writer.query('TRUNCATE TABLE tcs.Placement');
      const [files] = await writer.query('SHOW BINARY LOGS');
      if (files.length > fileCount) break;
    }
  }
  const lastMs = Date.now();
  const [files] = await writer.query('SHOW BINARY LOGS');
  await writer.end();
  return {
    firstMs,
    lastMs,
    files: files.map(({ Log_name: name, File_size: bytes }) => ({ name, bytes: Number(bytes) })),
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const mb = (bytes) => (bytes / 1e6).toFixed(1);

async function bench() {
  const mariadb = await parts.startMariadb({ dir, labId: randomBytes(6).toString('hex') });
  const proxy = await startProxy(mariadb.port);
  const reader = {
    BENCH_USER: mariadb.reader.user,
    MYSQL_PWD: mariadb.reader.password,
    BENCH_PARTS: readingFile,
    TZ: 'UTC',
  };
  try {
    const root = parts.accessTo(mariadb.port, 'root', mariadb.root.password);
    await parts.makeMaxwellTables(root);
    const { firstMs, lastMs, files } = await fill(root);
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`${files.length} files, ${mb(total)} MB, written in ${Math.round((lastMs - firstMs) / 1000)} s`);

    const measure = async (file, args, each) => {
      proxy.bytes = 0;
      const result = await run(file, args, reader, each);
      return { ...result, bytes: proxy.bytes };
    };
    const ours = async (what, argument) => {
      const done = await measure(process.execPath, [process.argv[1], what, String(proxy.port), String(argument)]);
      return { ...done, ...JSON.parse(done.output) };
    };
    const theirs = (names, args, each) =>
      measure(
        'mariadb-binlog',
        [
          '--no-defaults',
          '--read-from-remote-server',
          '-h127.0.0.1',
          `-P${proxy.port}`,
          `-u${mariadb.reader.user}`,
          ...args,
          ...names,
        ],
        each,
      );
    const at = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

    const compare = async (label, names, fromMs, toMs, count) => {
      const [mine, other] = [[], []];
      for (let round = 0; round < count; round += 1) {
        const atMs = fromMs + Math.floor(Math.random() * (toMs - fromMs));
        mine.push(await ours('locate', atMs));
        const stop = Math.floor(atMs / 1000) * 1000;
        // It says where the time's events begin, and must be told where to stop or it prints all that follows.
        other.push(
          await theirs(names, [`--start-datetime=${at(stop)}`, `--stop-datetime=${at(stop + 1_000)}`], () => undefined),
        );
      }
      const [m, o] = [mine, other].map((all) => ({
        ms: median(all.map(({ ms }) => ms)),
        bytes: median(all.map(({ bytes }) => bytes)),
        peak: median(all.map(({ peak, maxRss }) => Math.max(peak, maxRss ?? 0))),
      }));
      console.log(
        `locate, ${label}: ${Math.round(m.ms)} ms and ${mb(m.bytes)} MB (most ${mb(Math.max(...mine.map(({ bytes }) => bytes)))} MB, peak ${mb(m.peak)} MB) beside ${Math.round(o.ms)} ms and ${mb(o.bytes)} MB (peak ${mb(o.peak)} MB): ${(o.ms / m.ms).toFixed(1)} x faster, ${((m.bytes / o.bytes) * 100).toFixed(1)} % of its bytes, ${((m.bytes / total) * 100).toFixed(1)} % of the log; proven ${mine.filter(({ proven }) => proven).length} of ${count}`,
      );
    };
    const names = files.map(({ name }) => name);
    const margin = (lastMs - firstMs) / files.length;
    await compare(`${files.length} files, loopback`, names, firstMs + margin, lastMs, rounds);
    proxy.bytesPerSecond = 12_500_000;
    await compare(`${files.length} files, 100 Mbit/s`, names, firstMs + margin, lastMs, Math.max(1, rounds - 2));
    proxy.bytesPerSecond = Infinity;
    await compare(
      'times in the first file, given only that one',
      names.slice(0, 1),
      firstMs + margin / 4,
      firstMs + margin * 0.75,
      rounds,
    );

    // In turn, so that what else the machine does meets both alike.
    const counting = async (label, from) => {
      const [mine, other] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        mine.push(await ours('preview', from[0]));
        let rows = 0;
        let tail = '';
        const printed = await theirs(from, ['-v', '--base64-output=DECODE-ROWS'], (chunk) => {
          const text = tail + chunk.toString('latin1');
          for (let at = text.indexOf('\n### '); at >= 0; at = text.indexOf('\n### ', at + 1)) {
            const letter = text[at + 5];
            if (letter === 'I' || letter === 'U' || letter === 'D') rows += 1;
          }
          tail = text.slice(-5);
        });
        other.push({ ...printed, rows });
      }
      const [m, o] = [mine, other].map((all) => ({
        ms: median(all.map(({ ms }) => ms)),
        cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
        peak: Math.max(...all.map(({ peak, maxRss }) => Math.max(peak, maxRss ?? 0))),
        bytes: all[0].bytes,
        rows: [...new Set(all.map(({ rows }) => rows))].join(' and '),
      }));
      console.log(
        `preview, ${label}: ${Math.round(m.ms)} ms (processor ${Math.round(m.cpuMs)}), ${mb(m.bytes)} MB, peak ${mb(m.peak)} MB, ${m.rows} rows beside ${Math.round(o.ms)} ms (processor ${Math.round(o.cpuMs)}), ${mb(o.bytes)} MB, peak ${mb(o.peak)} MB, ${o.rows} rows: ${(o.ms / m.ms).toFixed(1)} x faster, ${(o.cpuMs / m.cpuMs).toFixed(1)} x less processor time`,
      );
    };
    await counting('1 file', names.slice(-2));
    await counting(`${files.length} files`, names);
  } finally {
    proxy.close();
    await mariadb.stop();
  }
}

try {
  if (process.argv[2] === undefined) await bench();
  else await measured(...process.argv.slice(2, 5));
} finally {
  await rm(dir, { recursive: true, force: true });
}
