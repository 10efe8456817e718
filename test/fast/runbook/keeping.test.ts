import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closest } from '../../../src/core/closest.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { Json } from '../../../src/core/json.ts';
import { checklist, inWords } from '../../../src/runbook/checklist.ts';
import { evaluate } from '../../../src/runbook/condition.ts';
import { loadFolder } from '../../../src/runbook/folder.ts';
import { indexRunbooks, readIndex } from '../../../src/runbook/index-file.ts';
import { loadRunbook } from '../../../src/runbook/load.ts';
import { resolveReferences } from '../../../src/runbook/resolve.ts';
import { catalogue, sample } from './sample.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esr-ops-runbooks-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function codesOf(): Promise<readonly string[]> {
  try {
    await loadFolder(folder, catalogue);
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.problems.map(({ code, where }) => `${code} ${(where ?? '').replace(`${folder}/`, '')}`);
  }
}

test('an index gives back the same runbooks, with conditions that can be evaluated', () => {
  const runbook = loadRunbook('sample.md', sample, catalogue);
  const written = JSON.stringify(indexRunbooks([runbook]));
  const [again] = readIndex(JSON.parse(written) as Json);
  expect(again).toEqual(runbook);
  const readings = { 'vhost.state': { known: true, value: 'down' } } as const;
  expect(evaluate(again!.needed!.when, readings)).toEqual({ known: true, holds: true });
});

test('an index that was changed, cut or made by another version is refused', () => {
  const index = indexRunbooks([loadRunbook('sample.md', sample, catalogue)]) as Record<string, Json>;
  const changed = JSON.parse(JSON.stringify(index).replace('destructive', 'routine')) as Json;
  for (const bad of [changed, null, [], {}, { ...index, format: 1 }, { format: 1, digest: index['digest']! }])
    expect(() => readIndex(bad)).toThrow(Fault);
});

test('a folder gives its runbooks sorted, and nothing else in it matters', async () => {
  await writeFile(join(folder, 'b.md'), sample);
  await writeFile(join(folder, 'a.md'), sample.replaceAll('recover vhost', 'vhost capture'));
  await writeFile(join(folder, 'notes.txt'), 'x');
  await symlink('b.md', join(folder, '.hidden.md'));
  const loaded = await loadFolder(folder, catalogue);
  expect(loaded.map(({ command }) => command)).toEqual(['vhost capture', 'recover vhost']);
});

test('every bad file of a folder is reported', async () => {
  await writeFile(join(folder, 'a.md'), sample);
  await writeFile(join(folder, 'b.md'), sample);
  await writeFile(join(folder, 'c.md'), `${sample}${' '.repeat(1024 * 1024)}`);
  await writeFile(join(folder, 'd.md'), Buffer.from([0x2d, 0xff, 0xfe]));
  await mkdir(join(folder, 'e.md'));
  await symlink('/etc/hostname', join(folder, 'f.md'));
  await symlink('nowhere', join(folder, 'g.md'));
  execFileSync('/usr/bin/mkfifo', [join(folder, 'h.md')]);
  await writeFile(join(folder, 'i.md'), 'no front matter');
  expect(await codesOf()).toEqual([
    'runbook.refused c.md',
    'runbook.refused d.md',
    'runbook.refused e.md',
    'runbook.refused f.md',
    'runbook.unreadable g.md',
    'runbook.refused h.md',
    'runbook.front-matter i.md:1:1',
    'runbook.duplicate-command b.md',
  ]);
});

test('a folder that is not there is named', async () => {
  await expect(loadFolder(join(folder, 'missing'), catalogue)).rejects.toMatchObject({
    problems: [{ code: 'runbook.unreadable', where: join(folder, 'missing'), exit: 'usage' }],
  });
});

test('references keep the type of what they stand for, and steps are left for later', () => {
  const values: Record<string, Json> = {
    'inputs.flag': true,
    'inputs.n': 3,
    'inputs.list': ['a', 'b'],
    'inputs.unset': null,
    'env.name': 'esr',
    'inputs.evil': '${inputs.n}',
  };
  const lookup = (name: string): Json => {
    if (!(name in values)) throw new Error(name);
    return values[name]!;
  };
  const given = {
    flag: '${inputs.flag}',
    n: '${inputs.n}',
    list: '${inputs.list}',
    unset: '${inputs.unset}',
    text: 'vhost:${env.name} × ${inputs.n}',
    step: '${steps.take-capture.id}',
    items: ['${env.name}', 'x', 1, null],
    evil: '${inputs.evil}-${inputs.evil}',
    plain: '$5 {x} $',
  };
  expect(resolveReferences(given, lookup)).toEqual({
    flag: true,
    n: 3,
    list: ['a', 'b'],
    unset: null,
    text: 'vhost:esr × 3',
    step: { $step: 'take-capture', output: 'id' },
    items: ['esr', 'x', 1, null],
    evil: '${inputs.n}-${inputs.n}',
    plain: '$5 {x} $',
  });
  expect(() => resolveReferences('${inputs.other}', lookup)).toThrow('inputs.other');
});

test('a checklist has every step with its box, risk, condition, prose and room to sign', () => {
  const runbook = loadRunbook('sample.md', sample, catalogue);
  const text = checklist(runbook);
  for (const [index, step] of runbook.steps.entries()) {
    expect(text).toContain(`### [ ] ${index + 1}. `);
    expect(text).toContain(step.prose);
  }
  expect(text.match(/Initials: _+/gu)).toHaveLength(runbook.steps.length);
  expect(text).toContain("Only if vhost.state is not 'running' and steps.take-capture.complete is true.");
  expect(text).toContain(
    'Wait until vhost.consumers is at least baseline.consumers: look every 5 s, for at most 10 min.',
  );
  expect(text).toContain('Risk: DESTRUCTIVE');
  expect(text).toContain('Write down: What does the management page show?');
  expect(text).toContain(runbook.digest.slice(0, 12));
});

test('a condition in words keeps its grouping', () => {
  const ref = (name: string): { op: 'ref'; name: string; type: 'bool' } => ({ op: 'ref', name, type: 'bool' });
  const or = { op: 'or', left: ref('a'), right: ref('b') } as const;
  expect(inWords({ op: 'and', left: or, right: { op: 'not', of: ref('c') } })).toBe(
    '(a is true or b is true) and c is false',
  );
  expect(inWords({ op: 'not', of: or })).toBe('it is not so that (a is true or b is true)');
});

test('the closest word is one that a slip of the hand explains', () => {
  const words = ['vhost.state', 'vhost.consumers', 'broker.reachable'];
  expect(closest('vhost.sttae', words)).toBe('vhost.state');
  expect(closest('VHOST.STATE', words)).toBe('vhost.state');
  expect(closest('maxwell', words)).toBeNull();
  expect(closest('', words)).toBeNull();
  expect(closest('a'.repeat(100_000), words)).toBeNull();
  expect(closest('ab', ['ba', 'ab'])).toBe('ab');
});
