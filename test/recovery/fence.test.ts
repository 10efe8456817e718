import { afterEach, describe, expect, it } from 'vitest';
import { startHammering, type ClientLine, type HammeringClient } from './hammering-client.ts';
import { appliedAt, newestJournal } from './journals.ts';
import { richVhost, type RichVhost } from './rich-vhost.ts';

let rich: RichVhost;
let client: HammeringClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
  await rich.remove();
});

const entries = (): readonly ClientLine[] => client?.lines.filter(({ what }) => what === 'in') ?? [];
const declarations = (): readonly ClientLine[] =>
  client?.lines.filter(({ what }) => what === 'declared' || what === 'not declared') ?? [];
const soon = { timeout: 60_000, interval: 50 };
const sick = ['--force-recreate'];
const recover = (...flags: string[]) =>
  rich.run('recover', 'vhost', '--yes', '--confirm', `recreate:${rich.name}`, ...flags);

describe('a client that comes back every 20 ms', { timeout: 180_000 }, () => {
  it('gets in, and spoils the import, where its permission is given too early: the test can tell', async () => {
    rich = await richVhost();
    const definitions = await rich.api('GET', `/api/definitions/${rich.segment}`);
    const user = rich.user('esr-inbound');
    const permission = (await rich.api('GET', `/api/permissions/${rich.segment}/${user}`)) as Record<string, string>;
    client = startHammering(rich, { name: user, password: rich.password });
    await expect.poll(entries, soon).toHaveLength(1);
    await rich.api('DELETE', `/api/vhosts/${rich.segment}`);
    await rich.api('PUT', `/api/vhosts/${rich.segment}`, {});
    await rich.api('PUT', `/api/permissions/${rich.segment}/${user}`, permission);
    await expect.poll(() => declarations().at(-1)?.what, soon).toBe('declared');
    await rich.api('POST', `/api/definitions/${rich.segment}`, definitions as Record<string, never>);
    expect(await rich.api('GET', `/api/exchanges/${rich.segment}/maxwell`)).toMatchObject({ durable: false });
  });

  it('does not get into a vhost that was down before it is compared', async () => {
    rich = await richVhost();
    const before = await rich.view();
    await rich.breakDown();
    client = startHammering(rich, { name: rich.user('esr-inbound'), password: rich.password });
    await expect.poll(() => client?.lines.some(({ what }) => what === 'refused'), soon).toBe(true);
    const recovered = await recover();
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    await expect.poll(() => declarations().length, soon).toBeGreaterThan(0);
    const records = await newestJournal(rich.environment);
    const [imported] = appliedAt(records, 'definitions.import');
    expect(imported).toBeDefined();
    expect(entries()[0]!.at).toBeGreaterThan(imported!);
    expect(declarations()[0]).toMatchObject({ what: 'not declared' });
    expect(declarations()[0]!.why).toContain('PRECONDITION_FAILED');
    expect(await rich.view()).toEqual(before);
  });

  it('is put out of a running vhost and stays out until it is compared', async () => {
    rich = await richVhost();
    const before = await rich.view();
    client = startHammering(rich, { name: rich.user('esr-inbound'), password: rich.password });
    await expect.poll(entries, soon).toHaveLength(1);
    const recovered = await recover(...sick);
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    await expect.poll(() => entries().length, soon).toBeGreaterThan(1);
    const records = await newestJournal(rich.environment);
    const [closed] = appliedAt(records, 'connections.close');
    const [imported] = appliedAt(records, 'definitions.import');
    const inBetween = entries().filter(({ at }) => at > closed! && at <= imported!);
    expect(inBetween).toEqual([]);
    expect(entries().at(-1)!.at).toBeGreaterThan(imported!);
    expect(await rich.view()).toEqual(before);
  });
});

describe("a service that uses the tool's own account", { timeout: 180_000 }, () => {
  const limits = () => rich.api('GET', `/api/user-limits/${rich.tool.name}`);
  const connections = () => rich.api('GET', `/api/vhosts/${rich.segment}/connections`);

  it.each([
    ['had no limit', null],
    ['had another limit', 37],
  ])('is held off by a limit and released to what it was (it %s)', async (_, limit) => {
    rich = await richVhost();
    if (limit !== null) await rich.api('PUT', `/api/user-limits/${rich.tool.name}/max-connections`, { value: limit });
    const before = [await rich.view(), await limits()];
    client = startHammering(rich, rich.tool);
    await expect.poll(connections, soon).toMatchObject([{ user: rich.tool.name }]);
    const blocked = await recover(...sick);
    expect(blocked.exitCode, blocked.stderr).toBe(4);
    expect(blocked.stderr).toContain('--without-messages');
    const recovered = await recover(...sick, '--without-messages');
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    const records = await newestJournal(rich.environment);
    const [held] = appliedAt(records, 'user.hold-off');
    const [imported] = appliedAt(records, 'definitions.import');
    const [closed] = appliedAt(records, 'connections.close');
    expect(held).toBeLessThan(closed!);
    expect(entries().filter(({ at }) => at > closed! && at <= imported!)).toEqual([]);
    await expect.poll(() => entries().length, soon).toBeGreaterThan(1);
    expect([await rich.view(), await limits()]).toEqual(before);
  });

  it.each(['down', 'absent'])('is known from the last running capture when the vhost is %s', async (state) => {
    rich = await richVhost();
    const before = await rich.view();
    client = startHammering(rich, rich.tool);
    await expect.poll(connections, soon).toMatchObject([{ user: rich.tool.name }]);
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    if (state === 'down') await rich.breakDown();
    else await rich.api('DELETE', `/api/vhosts/${rich.segment}`);
    const broken = Date.now();
    await expect.poll(() => client!.lines.at(-1)?.what, soon).toBe('refused');
    const recovered = await recover();
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    const [imported] = appliedAt(await newestJournal(rich.environment), 'definitions.import');
    expect(entries().filter(({ at }) => at > broken + 2000 && at <= imported!)).toEqual([]);
    expect(await rich.view()).toEqual(before);
    expect(await limits()).toEqual([]);
    await expect.poll(() => entries().length, soon).toBeGreaterThan(1);
  });
});
