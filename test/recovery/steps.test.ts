import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startHammering, type HammeringClient } from './hammering-client.ts';
import { richVhost, type RichVhost } from './rich-vhost.ts';

let rich: RichVhost;
let client: HammeringClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
  await rich.remove();
});

const soon = { timeout: 60_000, interval: 50 };
const permissions = async (): Promise<readonly string[]> =>
  ((await rich.api('GET', `/api/vhosts/${rich.segment}/permissions`)) as { user: string }[]).map(({ user }) => user);
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('fence and lift as commands of their own', { timeout: 180_000 }, () => {
  it('shut everybody out and let them in again, and nothing is left to do after each', async () => {
    rich = await richVhost();
    const before = await rich.view();
    client = startHammering(rich, { name: rich.user('esr-inbound'), password: rich.password });
    await expect.poll(() => client!.lines.at(-1)?.what, soon).toBe('not declared');
    const fenced = await rich.run('vhost', 'fence', '--yes');
    expect(fenced.exitCode, fenced.stderr).toBe(0);
    expect(await permissions()).toEqual([rich.tool.name]);
    await expect.poll(() => client!.lines.at(-1)?.what, soon).toBe('refused');
    const again = await rich.run('vhost', 'fence', '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    const lifted = await rich.run('vhost', 'lift', '--yes');
    expect(lifted.exitCode, lifted.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
    await expect.poll(() => client!.lines.at(-1)?.what, soon).toBe('not declared');
    const nothing = await rich.run('vhost', 'lift', '--yes');
    expect(nothing.exitCode, nothing.stderr).toBe(0);
    expect(flat(nothing.stderr)).toContain('everybody has the permissions of the capture');
  });

  it("hold off a service with the tool's own account, and give back the limit that it had", async () => {
    rich = await richVhost();
    const limits = () => rich.api('GET', `/api/user-limits/${rich.tool.name}`);
    await rich.api('PUT', `/api/user-limits/${rich.tool.name}/max-connections`, { value: 37 });
    const before = await limits();
    client = startHammering(rich, rich.tool);
    const connections = () => rich.api('GET', `/api/vhosts/${rich.segment}/connections`);
    await expect.poll(connections, soon).toMatchObject([{ user: rich.tool.name }]);
    expect((await rich.run('vhost', 'fence', '--yes')).exitCode).toBe(0);
    expect(await limits()).toMatchObject([{ value: { 'max-connections': 0 } }]);
    const lifted = await rich.run('vhost', 'lift', '--yes');
    expect(lifted.exitCode, lifted.stderr).toBe(0);
    expect(await limits()).toEqual(before);
  });
});

describe('restart and recreate as commands of their own', { timeout: 180_000 }, () => {
  it("restart says the broker's own reason when it refuses, and has nothing to do on a vhost that runs", async () => {
    rich = await richVhost({ topology: false });
    const running = await rich.run('vhost', 'restart', '--yes');
    expect(running.exitCode, running.stderr).toBe(0);
    expect(running.stdout).toContain('Nothing to do');
    await rich.breakDown();
    const refused = await rich.run('vhost', 'restart', '--yes');
    expect(refused.exitCode, refused.stderr).toBe(1);
    expect(flat(refused.stderr)).toContain(`vhost ${rich.name} did not start`);
    expect(flat(refused.stderr)).toContain('failed_to_start_child');
    // Nothing was left half-way, so the next command needs no acknowledgement of that refusal.
    const next = await rich.run('recover', 'vhost', '--yes', '--confirm', `recreate:${rich.name}`);
    expect(next.exitCode, next.stderr).toBe(0);
  });

  it.each(['running', 'down', 'absent'])('recreate makes the vhost anew when it is %s', async (state) => {
    rich = await richVhost();
    const before = await rich.view();
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    if (state === 'down') await rich.breakDown();
    if (state === 'absent') await rich.api('DELETE', `/api/vhosts/${rich.segment}`);
    const refused = await rich.run('vhost', 'recreate', '--yes');
    if (state !== 'absent') expect(refused.exitCode, refused.stderr).toBe(3);
    const made = await rich.run('vhost', 'recreate', '--yes', '--confirm', `recreate:${rich.name}`);
    expect(made.exitCode, made.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
  });
});

describe('a plan kept in a file', { timeout: 180_000 }, () => {
  const file = (name: string): string => join(rich.environment.home, name);
  const token = (): string[] => ['--confirm', `recreate:${rich.name}`];
  const keep = async (name: string): Promise<void> => {
    const kept = await rich.run('vhost', 'recreate', '--dry-run', '--out', file(name));
    expect(kept.exitCode, kept.stderr).toBe(0);
  };
  const apply = (name: string, ...flags: string[]) => rich.run('apply', file(name), ...flags);

  it('is carried out once, with the same consent as the command itself', async () => {
    rich = await richVhost();
    const before = await rich.view();
    await rich.breakDown();
    const down = await rich.view();
    await keep('p.json');
    expect(await rich.view()).toEqual(down);
    for (const flags of [[], ['--yes'], token(), ['--yes', '--confirm', 'recreate:other']]) {
      const refused = await apply('p.json', ...flags);
      expect(refused.exitCode, refused.stderr).toBe(3);
    }
    expect(await rich.view()).toEqual(down);
    const applied = await apply('p.json', '--yes', ...token());
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
    await rich.breakDown();
    const twice = await apply('p.json', '--yes', ...token());
    expect(twice.exitCode, twice.stderr).toBe(8);
    expect(await rich.view()).toEqual(down);
  });

  it('is refused when it was edited, is of another version, another runbook or another environment', async () => {
    rich = await richVhost();
    await rich.breakDown();
    await keep('p.json');
    const text = await readFile(file('p.json'), 'utf8');
    const plan = JSON.parse(text) as Record<string, unknown>;
    const edits: Record<string, Record<string, unknown>> = {
      'edited-target.json': { ...plan, target: 'vhost:other' },
      'edited-note.json': { ...plan, createdAt: '2020-01-01T00:00:00.000Z' },
      'edited-runbook.json': { ...plan, runbook: { ...(plan['runbook'] as object), digest: '0'.repeat(64) } },
      'edited-version.json': { ...plan, tool: { name: 'esr-ops', version: '99.0.0' } },
    };
    const before = await rich.view();
    for (const [name, edited] of Object.entries(edits)) {
      await writeFile(file(name), JSON.stringify(edited));
      const refused = await apply(name, '--yes', ...token());
      expect(refused.exitCode, `${name}: ${refused.stderr}`).toBe(8);
    }
    const config = await readFile(rich.environment.env['ESR_OPS_CONFIG']!, 'utf8');
    await writeFile(rich.environment.env['ESR_OPS_CONFIG']!, config.replace(/^ {2}test:/m, '  other:'));
    const elsewhere = await apply('p.json', '--yes', '--env', 'other', ...token());
    expect(elsewhere.exitCode, elsewhere.stderr).toBe(8);
    expect(await rich.view()).toEqual(before);
  });

  const worldChanges: Record<string, () => Promise<unknown>> = {
    'another queue of others': () => rich.api('PUT', `/api/queues/${rich.segment}/reval.new`, { durable: true }),
    'another state of the vhost': () => rich.breakDown(),
    'the vhost is gone': () => rich.api('DELETE', `/api/vhosts/${rich.segment}`),
  };
  it.each(Object.keys(worldChanges))('is refused after this: %s', async (name) => {
    rich = await richVhost({
      rabbitmq: { expected: { consumers: 0, queuePrefixes: ['esr.'], users: ['*'] } },
      topology: false,
    });
    await rich.api('PUT', `/api/queues/${rich.segment}/esr.one`, { durable: true });
    await keep('p.json');
    await worldChanges[name]!();
    const after = await rich.view();
    const refused = await apply('p.json', '--yes', ...token());
    expect(refused.exitCode, refused.stderr).toBe(8);
    expect(await rich.view()).toEqual(after);
  });

  it('is refused when a fresh capture would be poorer than it was', async () => {
    rich = await richVhost();
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    await rich.breakDown();
    await keep('p.json');
    await rich.api('DELETE', `/api/exchanges/${rich.segment}/maxwell`);
    const refused = await apply('p.json', '--yes', ...token());
    expect(refused.exitCode, refused.stderr).toBe(8);
  });

  it('is still good when only depths and connections moved', async () => {
    rich = await richVhost();
    const before = await rich.view();
    await keep('p.json');
    await rich.api('POST', `/api/exchanges/${rich.segment}/amq.default/publish`, {
      properties: {},
      routing_key: 'esr.dlq',
      payload: 'x',
      payload_encoding: 'string',
    });
    client = startHammering(rich, { name: rich.user('esr-inbound'), password: rich.password });
    const connections = () => rich.api('GET', `/api/vhosts/${rich.segment}/connections`);
    await expect.poll(connections, soon).toMatchObject([{ user: rich.user('esr-inbound') }]);
    const applied = await apply('p.json', '--yes', ...token());
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
  });
});
