import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { blockedItems } from './blocked-items.ts';
import { richVhost, type RichVhost } from './rich-vhost.ts';

let rich: RichVhost;
afterEach(() => rich.remove());

interface Manifest {
  readonly id: string;
  readonly verdict: { readonly is: string };
}

/** Manifests as they stand on disk, oldest first. */
async function captures(): Promise<readonly (Manifest & { readonly folder: string })[]> {
  const root = join(rich.environment.dir, 'captures');
  const entries = await readdir(root, { recursive: true });
  const manifests = entries.filter((entry) => entry.endsWith('manifest.json'));
  const read = await Promise.all(
    manifests.map(async (entry) => ({
      ...(JSON.parse(await readFile(join(root, entry), 'utf8')) as Manifest),
      folder: join(root, entry, '..'),
    })),
  );
  return read.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const consent = (): string[] => ['--yes', '--confirm', `recreate:${rich.name}`];

describe('captures for cron', { timeout: 120_000 }, () => {
  it('takes one, none while nothing changed, and one after a change', async () => {
    rich = await richVhost();
    const first = await rich.run('vhost', 'capture', '--yes', '--if-changed');
    expect(first.exitCode, first.stderr).toBe(0);
    expect(await captures()).toHaveLength(1);
    const second = await rich.run('vhost', 'capture', '--yes', '--if-changed');
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.stderr + second.stdout).toContain('is as in the last good capture');
    expect(await captures()).toHaveLength(1);
    await rich.api('PUT', `/api/queues/${rich.segment}/q.new`, { durable: true });
    const third = await rich.run('vhost', 'capture', '--yes', '--if-changed');
    expect(third.exitCode, third.stderr).toBe(0);
    expect((await captures()).map(({ verdict }) => verdict.is)).toEqual(['complete', 'complete']);
  });

  it('keeps the permissions of people who are fenced out in what it captures', async () => {
    rich = await richVhost();
    const before = await rich.view();
    const fenced = await rich.run('vhost', 'fence', '--yes');
    expect(fenced.exitCode, fenced.stderr).toBe(0);
    const now = (await rich.api('GET', `/api/vhosts/${rich.segment}/permissions`)) as { user: string }[];
    expect(now.map(({ user }) => user)).toEqual([rich.tool.name]);
    const taken = await rich.run('vhost', 'capture', '--yes');
    expect(taken.exitCode, taken.stderr).toBe(0);
    const newest = (await captures()).at(-1);
    const files = await readdir(newest!.folder);
    const texts = await Promise.all(files.map((file) => readFile(join(newest!.folder, file), 'utf8')));
    expect(texts.join('\n')).toContain(rich.user('esr-inbound'));
    const lifted = await rich.run('vhost', 'lift', '--yes');
    expect(lifted.exitCode, lifted.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
  });
});

describe('a capture that lacks something', { timeout: 180_000 }, () => {
  /** A stand-in for the export after a reboot: in the broker's memory the routing is gone, its queues are not. */
  async function loseRouting(): Promise<void> {
    for (const exchange of ['esr.exchange', 'esr.dlx', 'maxwell'])
      await rich.api('DELETE', `/api/exchanges/${rich.segment}/${exchange}`);
    await rich.breakDown();
  }

  it('blocks until each missing item is accepted by its exact name, and then gives up exactly those', async () => {
    rich = await richVhost();
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    await loseRouting();
    const down = await rich.view();
    const blocked = await rich.run('recover', 'vhost', ...consent(), '--output', 'json');
    expect(blocked.exitCode).toBe(4);
    const items = blockedItems(blocked, 'capture.poorer');
    expect(items).toContain('exchange maxwell');
    expect(items).toContain('binding esr.dlx -> esr.dlq (#)');
    const almost = items.slice(1).flatMap((item) => ['--accept-missing', item]);
    const oneLeft = await rich.run('recover', 'vhost', ...consent(), ...almost, '--output', 'json');
    expect(oneLeft.exitCode).toBe(4);
    expect(blockedItems(oneLeft, 'capture.poorer')).toEqual([items[0]]);
    const misspelt = [...almost, '--accept-missing', `${items[0]!} `];
    expect((await rich.run('recover', 'vhost', ...consent(), ...misspelt)).exitCode).toBe(4);
    expect(await rich.view()).toEqual(down);

    const all = [...almost, '--accept-missing', items[0]!];
    const accepted = await rich.run('recover', 'vhost', ...consent(), ...all);
    expect(accepted.exitCode, accepted.stderr).toBe(0);
    const after = await rich.view();
    expect(after).toEqual({ ...down, permissions: after!['permissions'] });
    expect(after!['permissions']).toEqual(down!['permissions']);
  });

  it('is made good by an earlier one, named by its id', async () => {
    rich = await richVhost();
    const before = await rich.view();
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    const [good] = await captures();
    await loseRouting();
    const recovered = await rich.run('recover', 'vhost', ...consent(), '--baseline', good!.id);
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
    expect((await captures()).map(({ verdict }) => verdict.is)).toEqual(['complete', 'poorer']);
  });

  it('does not lose what was made since an older one, unless that is accepted', async () => {
    rich = await richVhost();
    const before = await rich.view();
    expect((await rich.run('vhost', 'capture', '--yes')).exitCode).toBe(0);
    const [old] = await captures();
    await rich.api('PUT', `/api/queues/${rich.segment}/q.since`, { durable: true });
    await rich.api('DELETE', `/api/exchanges/${rich.segment}/maxwell`);
    await rich.breakDown();
    const down = await rich.view();
    const flags = [...consent(), '--baseline', old!.id];
    const blocked = await rich.run('recover', 'vhost', ...flags);
    expect(blocked.exitCode, blocked.stderr).toBe(4);
    expect(blocked.stderr).toContain('capture.older');
    expect(blocked.stderr).toContain('queue q.since');
    expect(await rich.view()).toEqual(down);
    const accepted = await rich.run('recover', 'vhost', ...flags, '--accept-missing', 'queue q.since');
    expect(accepted.exitCode, accepted.stderr).toBe(0);
    expect(await rich.view()).toEqual(before);
  });
});
