// Lists a million keys with 50 ms injected latency a page, one page after the other and in parts side by side.
// What answers is a STAND-IN that speaks ListObjectsV2 and makes its keys up: a real server with a million files takes
// hours to fill, and its own speed would be measured. Tests talk to a real one.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const offices = 'EMD EOE KSS LDN MER NTH NWN OXF PEN SEV WES WMD YHD'.split(' ');
const latencyMs = 50;
const pageSize = 1000;

/** Key number `index` of `count`, in the order of a listing. */
function keyAt(index, count) {
  const each = Math.ceil(count / offices.length);
  return `outbound/DE_${offices[Math.floor(index / each)]}_APP_20210727_${String(index % each).padStart(8, '0')}.DAT`;
}

/** Index of the first key after a text. */
function firstAfter(text, count) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(middle, count) > text) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The stand-in, in a process of its own: it must not take the client's time. */
function serve(count) {
  const server = createServer((request, response) => {
    const query = new URL(request.url, 'http://x').searchParams;
    const token = query.get('continuation-token');
    const from = token === null ? firstAfter(query.get('start-after') ?? '', count) : Number(token);
    const to = Math.min(count, from + pageSize);
    let contents = '';
    for (let index = from; index < to; index += 1)
      contents += `<Contents><Key>${keyAt(index, count)}</Key><LastModified>2021-07-27T14:00:00.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>${index}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    const more = to < count ? `<NextContinuationToken>${to}</NextContinuationToken>` : '';
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>outbound/</Prefix><KeyCount>${to - from}</KeyCount><MaxKeys>${pageSize}</MaxKeys><IsTruncated>${to < count}</IsTruncated>${more}${contents}</ListBucketResult>`;
    setTimeout(() => response.setHeader('content-type', 'application/xml').end(body), latencyMs);
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

/** One listing in a process of its own, so that each has its own peak of memory. */
async function list(bundled, port, parallel) {
  const { createS3Reader } = await import(pathToFileURL(bundled).href);
  const settings = { endpoint: `http://127.0.0.1:${port}`, region: 'x', pathStyle: true, tls: {}, parallel };
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
  const reader = createS3Reader({ settings: { ...settings, timeoutMs: 60_000 }, credentials: async () => keys }, 'b');
  const cuts = parallel === 1 ? [] : offices.map((office) => `outbound/DE_${office}_`);
  const from = performance.now();
  let [seen, bytes] = [0, 0];
  for await (const page of reader.list([{ prefix: 'outbound/', cuts }])) {
    seen += page.length;
    for (const { size } of page) bytes += size;
  }
  const ms = performance.now() - from;
  reader.close();
  process.send({
    seen,
    bytes,
    ms,
    cpuMs: Math.round(process.cpuUsage().user / 1000),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  });
}

function child(...args) {
  const started = fork(fileURLToPath(import.meta.url), args.map(String));
  const said = new Promise((resolve, reject) => {
    started.once('message', resolve);
    started.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  return { said, end: () => started.kill('SIGKILL') };
}

/**
 * @param {string} folder a private folder
 * @param {{ keys: number, say: (line: string) => void }} options
 * @returns {Promise<{ ratio: number, sequentialMs: number, parallelMs: number, peakMb: number, tenthPeakMb: number }>}
 */
export async function measureListing(folder, { keys, say }) {
  const bundled = join(folder, 's3', 'reader.js');
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/services/s3/reader.ts', import.meta.url))],
    outdir: join(folder, 's3'),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const measured = async (count, parallel) => {
    const server = child('serve', count);
    try {
      const listing = child('list', bundled, await server.said, parallel);
      const result = await listing.said;
      listing.end();
      const expected = (count * (count - 1)) / 2;
      if (result.seen !== count || result.bytes !== expected) throw new Error('the listing is not complete');
      say(
        `s3: ${count} keys, ${parallel} at a time: ${Math.round(result.ms)} ms, peak ${result.peakMb} MB, ${result.cpuMs} ms of CPU`,
      );
      return result;
    } finally {
      server.end();
    }
  };
  const tenth = await measured(Math.round(keys / 10), 16);
  const parallel = await measured(keys, 16);
  const sequential = await measured(keys, 1);
  return {
    ratio: sequential.ms / parallel.ms,
    sequentialMs: sequential.ms,
    parallelMs: parallel.ms,
    peakMb: parallel.peakMb,
    tenthPeakMb: tenth.peakMb,
  };
}

const [, script, role, ...args] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (role === 'serve') serve(Number(args[0]));
  else if (role === 'list') await list(args[0], Number(args[1]), Number(args[2]));
}
