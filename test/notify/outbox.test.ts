import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice, NoticeChannel, NoticeOutbox } from '../../src/core/notice.ts';
import { until } from '../../src/lab/until.ts';
import { createNoticeReader } from '../../src/services/notify/reader.ts';
import { createNoticeOutbox } from '../../src/services/notify/writer.ts';
import { acquireHostLock } from '../../src/services/state/host-lock.ts';
import { startWebhook, type TestWebhook } from '../support/webhook.ts';

let hook: TestWebhook;
let root: string;
let name: string;

beforeEach(async () => {
  hook = await startWebhook();
  root = await mkdtemp(join(tmpdir(), 'esr-ops-notify-'));
  name = `test-${Math.random().toString(36).slice(2)}`;
});
afterEach(async () => {
  await hook.down();
  await rm(root, { recursive: true, force: true });
});

const channel = (changes: Partial<NoticeChannel> = {}): NoticeChannel => ({
  name: 'team',
  url: { env: 'HOOK' },
  audience: 'team',
  events: ['started', 'blocked', 'ended'],
  tls: {},
  timeoutMs: 2_000,
  ...changes,
});

function outboxOf(changes: { channels?: readonly NoticeChannel[]; url?: () => Promise<string> } = {}): NoticeOutbox {
  const holder = { user: 'u', host: 'h', pid: process.pid, run: 'notices', since: '' };
  return createNoticeOutbox({
    root,
    environment: 'prod',
    timezone: 'Europe/London',
    channels: changes.channels ?? [channel()],
    url: changes.url ?? (() => Promise.resolve(hook.url)),
    redact: (text) => text.replaceAll('hunter2hunter2', '[secret]'),
    lock: () => acquireHostLock({ name: `esr-ops-test/${name}`, holder }).catch(() => null),
  });
}
let at = Date.parse('2026-03-22T07:26:00Z');
const notice = (what: string, changes: Partial<Notice> = {}): Notice => ({
  at: new Date((at += 1_000)).toISOString(),
  event: 'started',
  environment: 'prod',
  command: 'recover vhost',
  run: 'run-1',
  target: 'vhost:esr',
  outcome: null,
  what,
  next: '',
  deadline: null,
  by: 'me@here',
  ...changes,
});
const whats = (texts: readonly string[]): readonly string[] => texts.map((text) => /n\d+/.exec(text)?.[0] ?? text);
const queue = async () => (await createNoticeReader(join(root, 'prod'), [channel()]).queues())[0]!;

describe('notices', () => {
  it('are sent in order, each once, however the server fails on the way', async () => {
    hook.answers.push(
      (response) => void response.writeHead(500).end(),
      (response) => response.destroy(),
      (response) => void response.writeHead(429, { 'retry-after': '1' }).end(),
    );
    const outbox = outboxOf();
    outbox.start();
    for (let n = 0; n < 5; n += 1) await outbox.put(notice(`n${n}`));
    await until('all to be sent', () => hook.taken.length >= 5, { atMostMs: 60_000 });
    expect(whats(hook.taken)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(whats(hook.asked)).toEqual(['n0', 'n0', 'n0', 'n0', 'n1', 'n2', 'n3', 'n4']);
    expect(await outbox.flush(5_000)).toMatchObject([{ waiting: [], why: null }]);
  });
  it('wait no shorter than the server asks, also in the next program', async () => {
    hook.answers.push((response) => void response.writeHead(429, { 'retry-after': '3600' }).end());
    const first = outboxOf();
    await first.put(notice('n0'));
    const [left] = await first.flush(2_000);
    expect(left).toMatchObject({ waiting: [{ event: 'started' }], why: 'the server answered 429' });
    expect((left?.notBeforeMs ?? 0) - Date.now()).toBeGreaterThan(3_000_000);
    await outboxOf().flush(2_000);
    expect(hook.asked).toHaveLength(1);
  });
  it('stay on disk for their owner alone while nothing answers, and arrive once it does, oldest first', async () => {
    await hook.down();
    const first = outboxOf();
    await first.put(notice('n0 with hunter2hunter2'));
    await first.put(notice('n1'));
    expect((await first.flush(3_000))[0]).toMatchObject({
      waiting: [{}, {}],
      why: expect.stringMatching(/refused/) as string,
    });
    const folder = join(root, 'prod', 'notices', 'team');
    for (const file of await readdir(folder)) {
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(folder, file), 'utf8')).not.toMatch(/s3cret-webhook-path|hunter2/);
    }
    await hook.up();
    const second = outboxOf();
    await second.put(notice('n2'));
    expect((await second.flush(20_000))[0]?.waiting).toEqual([]);
    expect(whats(hook.taken)).toEqual(['n0', 'n1', 'n2']);
  });
  it('of a server that never answers hold up nobody: putting returns, and the end comes', async () => {
    hook.answers.push(() => undefined);
    const outbox = outboxOf({ channels: [channel({ timeoutMs: 60_000 })] });
    outbox.start();
    await outbox.put(notice('n0'));
    await until('the request to hang', () => hook.asked.length === 1, { atMostMs: 60_000 });
    await outbox.put(notice('n1'));
    expect((await outbox.flush(300))[0]?.waiting).toHaveLength(2);
  });
  it('that the server can not take are put aside, and the next ones go on', async () => {
    hook.answers.push((response) => void response.writeHead(400).end('invalid_payload'));
    const outbox = outboxOf();
    await outbox.put(notice('n0'));
    await outbox.put(notice('n1'));
    expect(await outbox.flush(10_000)).toMatchObject([{ waiting: [], refused: 1 }]);
    expect(whats(hook.taken)).toEqual(['n1']);
  });
  it.each([
    ['a webhook that is gone', 404],
    ['a webhook that was moved', 302],
  ])('wait for somebody to put right %s, and say why', async (_, status) => {
    hook.answers.push((response) => void response.writeHead(status, { location: hook.url }).end());
    const outbox = outboxOf();
    await outbox.put(notice('n0'));
    await outbox.flush(5_000);
    expect(await queue()).toMatchObject({
      waiting: [{}],
      why: expect.stringContaining(`answered ${status}`) as string,
    });
    expect(hook.asked).toHaveLength(1);
  });
  it('wait where the URL can not be had or is none, which is not shown', async () => {
    const without = outboxOf({ url: () => Promise.reject(new Error('HOOK is not set, hunter2hunter2')) });
    await without.put(notice('n0'));
    expect((await without.flush(2_000))[0]?.why).toBe('HOOK is not set, [secret]');
    expect((await outboxOf({ url: () => Promise.resolve('hunter2hunter2') }).flush(2_000))[0]?.why).not.toContain(
      'hunter2',
    );
    expect(hook.asked).toEqual([]);
  });
  it('go to each channel that wants them, in its own words; one that hangs holds up no other', async () => {
    const other = await startWebhook();
    other.answers.push(() => undefined);
    const channels = [channel({ name: 'slow' }), channel({ name: 'esr', audience: 'esr', events: ['ended'] })];
    const urls = [other.url, hook.url];
    const outbox = createNoticeOutbox({
      root,
      environment: 'prod',
      timezone: 'Europe/London',
      channels,
      url: ({ name: of }) => Promise.resolve(urls[of === 'slow' ? 0 : 1] ?? ''),
      redact: (text) => text,
      lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    });
    outbox.start();
    await outbox.put(notice('n0'));
    await outbox.put(notice('n1', { event: 'ended', outcome: 'done' }));
    await until('the other to be sent', () => hook.taken.length === 1, { atMostMs: 60_000 });
    expect(hook.taken[0]).toMatch(/the problem is solved and checked/);
    expect(hook.taken[0]).not.toMatch(/vhost|run-1|recover/);
    await outbox.flush(100);
    await other.down();
  });
  it('are sent by one program at a time, so that none comes twice', async () => {
    const [one, other] = [outboxOf(), outboxOf()];
    for (let n = 0; n < 6; n += 1) await (n % 2 === 0 ? one : other).put(notice(`n${n}`));
    await Promise.all([one.flush(10_000), other.flush(10_000)]);
    await outboxOf().flush(10_000);
    expect(whats(hook.asked)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
  });
});
