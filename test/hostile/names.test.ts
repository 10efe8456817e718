import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Messages } from '../../src/core/messages.ts';
import { until } from '../../src/lab/until.ts';
import { esrOps, testEnvironment, type Ended, type TestEnvironment } from '../support/program.ts';
import { startTestS3, type TestS3 } from '../support/s3.ts';
import { freshVhost, mustApi, type TestVhost } from '../support/servers.ts';

/**
 * Names as somebody may give them on the real servers: they hide, turn, erase and imitate what a terminal shows, one
 * begins as an option does, and one is a command of a shell. What is on every screen with them, test/fast/terminal has.
 */
const turned = 'esr.\u{202e}\u{1b}[2J\u{2028}FORGED.queue';
const option = '--all-dead.dlq';
const shell = "$(id)'; ls.dlq";
const key = 'outbound/app/\u{202e}FORGED \u{2028}x.DAT';

let vhost: TestVhost;
let s3: TestS3;
let environment: TestEnvironment;

beforeAll(async () => {
  [vhost, s3] = await Promise.all([
    freshVhost(`esr-${randomBytes(3).toString('hex')}\u{202e}\u{1b}[1A\nFORGED`),
    startTestS3(),
  ]);
  for (const queue of [turned, option, shell]) {
    await mustApi('PUT', `/api/queues/${vhost.segment}/${encodeURIComponent(queue)}`, { durable: true, arguments: {} });
    await mustApi('POST', `/api/exchanges/${vhost.segment}/amq.default/publish`, {
      routing_key: queue,
      properties: { headers: { [turned]: turned }, message_id: turned },
      payload: JSON.stringify({ note: '\u{202e}FORGED' }),
      payload_encoding: 'string',
    });
  }
  // What the broker lists runs seconds behind.
  await until(
    'the broker to list the messages',
    async () => {
      const queues = (await mustApi('GET', `/api/queues/${vhost.segment}`)) as readonly { messages?: number }[];
      return queues.length === 3 && queues.every(({ messages }) => messages === 1);
    },
    { atMostMs: 60_000 },
  );
  await s3.client.put(key, 'x');
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = s3.server;
  environment = await testEnvironment(vhost.name, {
    localOffices: ['EMD'],
    components: { etl: { is: 'Runs the loads.', owner: 'us', control: 'person' } },
    loadTypes: {
      'applicant-export': {
        meaning: 'Files for ESR.',
        component: 'etl',
        run: { program: '/bin/true' },
        usually: '5m',
        writes: [{ s3: { bucket, prefix: 'outbound/app/', key: 'DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT' } }],
        missed: { means: 'Nothing is sent.' },
        rerun: 'safe',
      },
    },
    s3: {
      endpoint,
      region,
      pathStyle: true,
      credentials: { accessKeyId: { file: 's3-id' }, secretAccessKey: { file: 's3-secret' } },
    },
  });
  await writeFile(join(environment.home, 's3-id'), accessKeyId, { mode: 0o600 });
  await writeFile(join(environment.home, 's3-secret'), secretAccessKey, { mode: 0o600 });
});
afterAll(async () => {
  await Promise.all([vhost.remove(), s3.end(), environment.remove()]);
});

/** Runs it under LANG=C; whatever it says is printable, and no name makes a line that could be the tool's own. */
async function harmless(...args: readonly string[]): Promise<Ended> {
  const ended = await esrOps(args, environment, { env: { LANG: 'C' } });
  const said = ended.stdout + ended.stderr;
  expect(said).not.toMatch(/[^\n -~]/);
  expect(said).not.toMatch(/^\W*FORGED/m);
  return ended;
}

test('status and dry runs show such names written out, and a command to copy means the queue that is there', async () => {
  const status = await harmless('status', '--timeout', '20s');
  expect(status.stdout).toContain('\\u{202e}\\u{1b}[1A\\nFORGED');
  // What is copied is one argument for a shell, and no option.
  expect(status.stdout).toContain(`esr-ops dlq park --env test -- ${option}`);
  expect(status.stdout).toContain(`esr-ops dlq park '$(id)'\\''; ls.dlq' --env test`);
  const dry = await harmless('vhost', 'drain', '--dry-run');
  expect(dry.stdout).toContain('\\u{202e}\\u{1b}[2J\\u{2028}FORGED.queue');
  const parked = await harmless('dlq', 'park', '--dry-run', '--', option);
  expect(parked.exitCode, parked.stderr).toBe(0);
  expect(parked.stdout).toMatch(/\n {2}esr-ops dlq park --env test .*--yes.* -- --all-dead\.dlq\n/);
  await harmless('recover', 'vhost', '--dry-run', '--force-recreate');
});

test('messages with such headers, and keys of such files', async () => {
  const drained = await harmless('vhost', 'drain', '--yes');
  expect(drained.exitCode, drained.stderr).toBe(0);
  const drain = /\bdrain-\d{8}T\d{6}Z-[0-9a-f]+\b/.exec((await harmless('vhost', 'drains')).stdout)?.[0] ?? '';
  const shown = await harmless('vhost', 'messages', drain, '--show-bodies');
  expect(shown.stdout).toContain('\\u{202e}');
  // An export is ASCII-safe JSON lines that hold the very names.
  const exported = await esrOps(['vhost', 'messages', drain, '--jsonl', '--show-bodies'], environment);
  const rows = exported.stdout.split('\n').filter((row) => row !== '');
  expect(rows).toHaveLength(3);
  expect(rows.map((row) => (JSON.parse(row) as { queue: string }).queue).sort()).toEqual(
    [turned, option, shell].sort(),
  );
  const checked = await harmless('s3', 'check', '--date', 'today');
  expect(checked.stdout).toContain('outbound/app/\\u{202e}FORGED');
  const csv = await harmless('s3', 'check', '--date', 'today', '--csv');
  expect(csv.stdout).toContain('FORGED');
  const json = await esrOps(['s3', 'check', '--date', 'today', '--output', 'json'], environment);
  const [report] = json.lines.filter(({ code }) => code === 's3.checked');
  const { sets } = report!['payload'] as unknown as Messages['s3.checked'];
  expect(JSON.stringify(sets)).toContain(JSON.stringify(key));
});
