import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaksBelow, leaksIn } from '../security/leaks.ts';
import { esrOps, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { freshVhost, mustApi, type TestVhost } from '../support/servers.ts';
import { startWebhook, type TestWebhook } from '../support/webhook.ts';

let vhost: TestVhost;
let environment: TestEnvironment;
let team: TestWebhook;
let esr: TestWebhook;

beforeEach(async () => {
  [vhost, team, esr] = await Promise.all([freshVhost(), startWebhook(), startWebhook()]);
  await mustApi('PUT', `/api/queues/${vhost.segment}/q.one`, { durable: true, arguments: {} });
  await mustApi('PUT', `/api/exchanges/${vhost.segment}/x.one`, { type: 'topic', durable: true });
  await mustApi('POST', `/api/bindings/${vhost.segment}/e/x.one/q/q.one`, { routing_key: 'a.#', arguments: {} });
  environment = await testEnvironment(vhost.name, {
    notify: { channels: { team: { url: { file: 'team-url' } }, esr: { url: { file: 'esr-url' }, audience: 'esr' } } },
  });
  for (const [name, { url }] of Object.entries({ team, esr }))
    await writeFile(join(environment.home, `${name}-url`), url, { mode: 0o600 });
});
afterEach(async () => {
  await Promise.all([team.down(), esr.down(), vhost.remove(), environment.remove()]);
});

const recover = (...more: readonly string[]) =>
  esrOps(['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`, ...more], environment);
const heads = (texts: readonly string[]): readonly string[] => texts.map((text) => text.split('\n')[0] ?? '');

describe('a recovery with channels', () => {
  it('tells its start and its end, and a dry run only shows what it would tell', async () => {
    await vhost.breakDown();
    const dry = await recover('--dry-run');
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toMatch(/team, started:\s+\*Started\*: recover vhost/);
    expect(dry.stdout).toMatch(/esr, ended:\s+TIS to ESR interface \(test\): the problem is solved/);
    expect([...team.asked, ...esr.asked]).toEqual([]);
    const { exitCode } = await recover();
    expect(exitCode).toBe(0);
    expect(heads(team.taken)).toEqual([
      expect.stringContaining('*Started*: recover vhost') as string,
      expect.stringContaining('*Done and verified*: recover vhost') as string,
    ]);
    expect(heads(esr.taken)).toEqual([
      'TIS to ESR interface (test): there is a problem, and we are working on it.',
      'TIS to ESR interface (test): the problem is solved and checked.',
    ]);
  });
  it('goes on while one channel is down and the other hangs; all of it arrives afterwards, in order, and no URL is kept', async () => {
    await vhost.breakDown();
    await team.down();
    esr.answers.push(() => undefined);
    const ran = await recover();
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/team: 2 notices not sent \(.*nothing listens/);
    const secrets = { team: new URL(team.url).pathname, esr: new URL(esr.url).pathname };
    expect(leaksIn(ran.stdout + ran.stderr, secrets)).toEqual([]);
    expect(await leaksBelow(environment.dir, secrets)).toMatchObject({ found: [], open: [] });

    const before = await esrOps(['notify', 'status'], environment);
    expect([before.exitCode, before.stdout]).toEqual([11, expect.stringContaining('esr-ops notify flush')]);
    await team.up();
    const flushed = await esrOps(['notify', 'flush'], environment);
    expect(flushed.exitCode, flushed.stdout).toBe(0);
    expect(heads(team.taken).map((head) => /^\*(.*?)\*/.exec(head)?.[1])).toEqual(['Started', 'Done and verified']);
    // The one that hung was sent again: nobody had answered for it.
    expect(heads(esr.taken)).toHaveLength(2);
    expect((await esrOps(['notify', 'status'], environment)).exitCode).toBe(0);
  });
  it('says nothing of what is routine; a test reaches every channel', async () => {
    const captured = await esrOps(['vhost', 'capture', '--yes'], environment);
    expect(captured.exitCode, captured.stderr).toBe(0);
    expect(team.asked).toEqual([]);
    const tested = await esrOps(['notify', 'test'], environment);
    expect(tested.exitCode).toBe(0);
    expect(heads([...team.taken, ...esr.taken])).toEqual([
      expect.stringContaining('*Test* of the notices of test') as string,
      expect.stringContaining('this is a test') as string,
    ]);
  });
});
