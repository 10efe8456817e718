import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NoticeChannel } from '../../src/core/notice.ts';
import { Fault } from '../../src/core/fault.ts';
import { createSshReader } from '../../src/services/host/reader.ts';
import { createSshWriter } from '../../src/services/host/writer.ts';
import { createNoticeOutbox } from '../../src/services/notify/writer.ts';
import { createS3Reader } from '../../src/services/s3/reader.ts';
import { randomFrom, inPool } from '../crash/points.ts';
import { readOrRefused, seed } from '../hostile/fuzzing.ts';
import { localOffices, startTestS3, type TestS3 } from '../support/s3.ts';
import { describeWithSshd } from '../support/sshd.ts';
import { startWebhook } from '../support/webhook.ts';
import { faultProxy, faultWays, type ArmedFault, type FaultProxy } from './fault-proxy.ts';

const runs = Number(process.env['ESR_OPS_FAULTS'] ?? 5);

/** As many faults as there are runs, each way at least once in five, spread over the bytes of an undisturbed request. */
function faults(volume: FaultProxy['passed']): readonly ArmedFault[] {
  const random = randomFrom(seed);
  return Array.from({ length: runs }, (_, at): ArmedFault => {
    const direction = random() < 0.5 ? 'up' : 'down';
    return {
      way: faultWays[at % faultWays.length] ?? 'cut',
      direction,
      afterBytes: Math.floor(random() * volume[direction]),
      delayMs: Math.floor(random() * 300),
      lasting: random() < 0.3,
    };
  });
}

/** Does something through a proxy of its own for each fault, and once more after it is healed. */
async function underFaults(
  target: { readonly host: string; readonly port: number },
  work: (port: number, stage: 'measured' | 'disturbed' | 'healed', name: string) => Promise<void>,
): Promise<void> {
  const measured = await faultProxy(target);
  await work(measured.port, 'measured', 'measured');
  const volume = { ...measured.passed };
  await measured.close();
  expect(Math.min(volume.up, volume.down)).toBeGreaterThan(0);
  const failed: string[] = [];
  await inPool(
    faults(volume).map((fault, at) => ({ fault, at })),
    5,
    async ({ fault, at }) => {
      const proxy = await faultProxy(target);
      try {
        proxy.arm(fault);
        await work(proxy.port, 'disturbed', `trial-${at}`);
        await proxy.heal();
        await work(proxy.port, 'healed', `trial-${at}`);
      } catch (error) {
        failed.push(`${JSON.stringify(fault)}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        await proxy.close();
      }
    },
  );
  expect(failed, `ESR_OPS_SEED=${seed}`).toEqual([]);
}

describe('S3 behind a network that fails', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startTestS3();
    await s3.putDay('2026-03-22', 1);
  });
  afterAll(() => s3.end());

  it('is listed whole, or not at all and said so', async () => {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3.server;
    await underFaults({ host: '127.0.0.1', port: Number(new URL(endpoint).port) }, async (port, stage) => {
      const reader = createS3Reader(
        {
          settings: {
            endpoint: `http://127.0.0.1:${port}`,
            region,
            pathStyle: true,
            tls: {},
            parallel: 2,
            timeoutMs: 1_500,
          },
          credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
        },
        bucket,
      );
      const listed = await readOrRefused(async () => {
        const keys: string[] = [];
        for await (const page of reader.list([{ prefix: 'outbound/', cuts: [] }]))
          keys.push(...page.map(({ key }) => key));
        return keys.length;
      });
      reader.close();
      if (listed instanceof Fault) {
        expect(stage).toBe('disturbed');
        expect(listed.problems[0]).toMatchObject({ code: 's3.unreachable', exit: 'unreachable' });
      } else expect(listed.value).toBe(localOffices.length);
    });
  });
});

describe('a webhook behind a network that fails', () => {
  it('gets every notice, in order, once it can be reached; one that it answered comes once', async () => {
    const root = await mkdtemp(join(tmpdir(), 'esr-ops-faults-'));
    const hook = await startWebhook();
    const target = new URL(hook.url);
    try {
      await underFaults({ host: target.hostname, port: Number(target.port) }, async (port, stage, name) => {
        const url = hook.url.replace(`:${target.port}`, `:${port}`);
        const channel: NoticeChannel = {
          name: 'team',
          url: { env: 'X' },
          audience: 'team',
          events: ['started'],
          tls: {},
          // Short where something is in the way: elsewhere only a busy machine would be noticed.
          timeoutMs: stage === 'disturbed' ? 600 : 20_000,
        };
        const outbox = createNoticeOutbox({
          root: join(root, name),
          environment: 'prod',
          timezone: 'Europe/London',
          channels: [channel],
          url: () => Promise.resolve(url),
          redact: (text) => text,
          lock: () => Promise.resolve({ release: () => Promise.resolve() }),
        });
        const put = (what: string): Promise<void> =>
          outbox.put({
            at: new Date().toISOString(),
            event: 'started',
            environment: 'prod',
            command: 'recover vhost',
            run: null,
            target: null,
            outcome: null,
            what,
            next: '',
            deadline: null,
            by: 'me@here',
          });
        if (stage !== 'healed') for (const part of ['first', 'second', 'third']) await put(`${name}:${part}`);
        const [queue] = await outbox.flush(stage === 'disturbed' ? 2_000 : 30_000);
        const waiting = queue?.waiting.length ?? -1;
        if (stage !== 'disturbed') expect(waiting, queue?.why ?? '').toBe(0);
        else if (waiting > 0) expect(queue?.why).toMatch(/\w/);
        const came = hook.taken.flatMap((text) => new RegExp(`${name}:(\\w+)`).exec(text)?.[1] ?? []);
        const once = came.filter((part, at) => came.indexOf(part) === at);
        expect(once).toEqual(['first', 'second', 'third'].slice(0, once.length));
        if (stage !== 'disturbed') expect(once).toHaveLength(3);
        if (stage === 'measured') expect(came).toHaveLength(3);
      });
    } finally {
      await hook.down();
      await rm(root, { recursive: true, force: true });
    }
  });
});

describeWithSshd('a host behind a network that fails', (sshd) => {
  it('has done what was said to be done, has not what was said to be not sent, and reads whole files', async () => {
    const { settings, folder } = sshd();
    const hostKey = (await readFile(settings.knownHosts, 'utf8')).replace(/^\S+ /, '');
    await writeFile(join(folder, 'content'), 'x'.repeat(20_000));
    await underFaults({ host: settings.host, port: settings.port }, async (port, stage, name) => {
      const knownHosts = join(folder, `known-${port}`);
      await appendFile(knownHosts, `[127.0.0.1]:${port} ${hostKey}`);
      const through = { ...settings, port, knownHosts, connectTimeoutMs: 2_500, aliveSeconds: 1 };
      const marks = join(folder, `marks-${name}`);
      const lines = async (): Promise<number> => (await readFile(marks, 'utf8').catch(() => '')).split('\n').length - 1;
      const before = await lines();
      const done = await readOrRefused(() =>
        createSshWriter('far', through).run(
          { changes: ['sh', '-c', 'echo done >> "$1"; head -c 3000 /dev/zero', 'sh', marks] },
          { timeoutMs: 3_000 },
        ),
      );
      const made = (await lines()) - before;
      if (!(done instanceof Fault)) expect([done.value.exitCode, made]).toEqual([0, 1]);
      else {
        const { details, exit } = done.problems[0];
        const sent = (details as { sent?: boolean } | undefined)?.sent;
        if (sent === false) expect([exit, made], done.message).toEqual(['unreachable', 0]);
        else expect([sent, exit], done.message).toEqual([true, 'unknown']);
      }
      const read = await readOrRefused(() => createSshReader('far', through).readFile(join(folder, 'content')));
      if (!(read instanceof Fault)) expect(read.value.bytes.length).toBe(20_000);
      if (stage !== 'disturbed') expect([done instanceof Fault, read instanceof Fault]).toEqual([false, false]);
    });
  });
});
