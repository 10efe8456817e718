import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BundleContent } from '../../../src/core/post-mortem.ts';
import { makeTar, readTar } from '../../../src/services/bundle/tar.ts';
import { writeBundle } from '../../../src/services/bundle/write-bundle.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'esr-ops-bundle-'));
});
afterEach(() => rm(dir, { recursive: true }));

const content = (...names: readonly string[]): BundleContent => ({
  folder: 'esr-ops-INC-1',
  files: new Map(names.map((name) => [name, `${name} é`.repeat(name.length * 40)])),
  about: { environment: 'lab' },
  modifiedMs: Date.parse('2026-03-22T06:25:00Z'),
});

it('is an archive that tar unpacks, with a manifest that its files agree with', async () => {
  const path = join(dir, 'a.tar.gz');
  const names = ['report.md', 'runs/run-1.jsonl', 'broker.json'];
  const written = await writeBundle(path, content(...names), false);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(written.bytes).toBe((await readFile(path)).length);
  execFileSync('tar', ['-xzf', path, '-C', dir]);
  const listed = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n');
  expect(listed).toEqual(
    ['manifest.json', 'broker.json', 'report.md', 'runs/run-1.jsonl'].map((name) => `esr-ops-INC-1/${name}`),
  );
  const manifest = JSON.parse(await readFile(join(dir, 'esr-ops-INC-1/manifest.json'), 'utf8')) as {
    files: { name: string; bytes: number; sha256: string }[];
  };
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = join(dir, 'esr-ops-INC-1', name);
    expect((await stat(file)).size).toBe(bytes);
    expect(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ).toBe(sha256);
  }
  expect(manifest.files).toHaveLength(3);
});

it('is the same for the same content, in whatever order it was gathered', async () => {
  await writeBundle(join(dir, 'a'), content('b', 'a', 'c'), false);
  await writeBundle(join(dir, 'b'), content('c', 'b', 'a'), false);
  expect((await readFile(join(dir, 'a'))).equals(await readFile(join(dir, 'b')))).toBe(true);
});

it('overwrites nothing unless told to, and leaves nothing half-way', async () => {
  const path = join(dir, 'a.tar.gz');
  await writeFile(path, 'mine');
  await expect(writeBundle(path, content('x'), false)).rejects.toThrow('is there already');
  expect(await readFile(path, 'utf8')).toBe('mine');
  await writeBundle(path, content('x'), true);
  expect((await readFile(path)).length).toBeGreaterThan(100);
  await expect(writeBundle(join(dir, 'none', 'a'), content('x'), false)).rejects.toThrow('was not written');
  await expect(writeBundle(dir, content('x'), true)).rejects.toThrow('not a file');
  expect(await readdir(dir)).toEqual(['a.tar.gz']);
});

it('takes no name that leads elsewhere, and notices damage', () => {
  const one = (name: string) => [{ name, content: Buffer.from('abc') }];
  for (const name of ['/etc/passwd', '../up', 'a/../b', 'a\nb', '', 'x'.repeat(101), 'a b'])
    expect(() => makeTar(one(name), 0)).toThrow("can't be a name");
  const tar = makeTar(one('a/b'), 0);
  expect(readTar(tar)).toEqual(one('a/b'));
  for (const at of [0, 124, 148, 300, tar.length - 1]) {
    const bad = Buffer.from(tar);
    bad[at] = (bad[at] ?? 0) ^ 1;
    expect(() => readTar(bad)).toThrow();
  }
  expect(() => readTar(tar.subarray(0, 1024))).toThrow();
});
