import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { pathsFrom, toEnvironment } from '../../src/config/to-environment.ts';
import { Fault } from '../../src/core/fault.ts';
import { fold, isSettled } from '../../src/core/fold.ts';
import type { JournalEntry, JournalRecord } from '../../src/core/journal.ts';
import { sha256 } from '../../src/core/json.ts';
import { planDigest, planSeal, type Plan } from '../../src/core/plan.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { postMortem } from '../../src/report/post-mortem.ts';
import { createCaptureReader } from '../../src/services/captures/reader.ts';
import { createCaptureWriter } from '../../src/services/captures/writer.ts';
import { createDockerCaptureReader } from '../../src/services/docker/capture-reader.ts';
import { chainRecord, noRecord, recordLine } from '../../src/services/state/journal-line.ts';
import { readPlanFile } from '../../src/services/state/plan-file.ts';
import { createRunReader } from '../../src/services/state/runs-reader.ts';
import { layOut } from '../../src/terminal/lines.ts';
import { createStyle } from '../../src/terminal/style.ts';
import { renderMessage } from '../../src/terminal/text.ts';
import { describeChange } from '../../src/terminal/change-text.ts';
import { sampleEntries, samplePlan } from '../fast/state/sample-run.ts';
import { tempFolder } from '../fast/state/temp-folder.ts';
import { snapshotOfVhost } from '../support/snapshots.ts';
import { cases, eachCase, mutated, readOrRefused } from './fuzzing.ts';

const style = createStyle({
  stream: { isTTY: false, columns: 80 },
  color: 'never',
  env: { LANG: 'C.UTF-8' },
  timezone: 'Europe/London',
});

/** What a person would see of a message; nothing of it may move the cursor. */
function shown(message: Parameters<typeof renderMessage>[0]): void {
  for (const row of layOut(renderMessage(message, style), style, (text) => text))
    expect(row).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
}

test('a plan file that is changed anywhere, its seals made anew or not, is shown for what it is or refused', async () => {
  const folder = await tempFolder();
  const sampled = fc.sample(fc.tuple(mutated(samplePlan()), fc.boolean()), cases(120));
  await eachCase(sampled, async ([text, sealed], at) => {
    const path = join(folder, `plan-${at}.json`);
    await writeFile(path, sealed ? resealed(text) : text);
    const read = await readOrRefused(() => readPlanFile(path));
    if (read instanceof Fault) return;
    shown({ code: 'plan.shown', payload: { plan: read.value } });
  });
});

function resealed(text: string): string {
  try {
    const plan = JSON.parse(text) as Plan;
    const digested = { ...plan, digest: planDigest(plan) };
    return JSON.stringify({ ...digested, seal: planSeal(digested) });
  } catch {
    return text;
  }
}

/** Chains entries as the program would, whatever they are. */
function chained(entries: readonly unknown[]): string {
  let prev = noRecord;
  const lines = entries.map((entry, seq) => {
    const record = chainRecord(seq, `2026-03-22T06:25:0${seq % 10}.000Z`, entry as JournalEntry, prev);
    prev = record.hash;
    return recordLine(record);
  });
  return `${lines.join('\n')}\n`;
}

test('a journal that is changed anywhere, its chain made anew or not, is listed, read and reported, or refused by record', async () => {
  const dir = await tempFolder();
  const entries = sampleEntries('run-20260322T062500Z-000001');
  const order = fc.array(fc.nat(entries.length - 1), { maxLength: 12 });
  const sampled = fc.sample(
    fc.record({ text: mutated(entries), order: fc.option(order, { freq: 3, nil: null }), raw: mutated({ a: 1 }) }),
    cases(150),
  );
  await eachCase(sampled, async ({ text, order: picked, raw }, at) => {
    const run = `run-20260322T062500Z-${at.toString(16).padStart(6, '0')}`;
    const own = join(dir, String(at));
    const path = join(own, 'runs', run, 'journal.jsonl');
    await mkdir(join(own, 'runs', run), { recursive: true, mode: 0o700 });
    let journal = raw;
    try {
      const some = JSON.parse(text) as readonly unknown[];
      journal = chained(picked === null ? some : [some[0], ...picked.map((index) => some[index])]);
    } catch {
      // It stays no journal at all.
    }
    await writeFile(path, journal, { mode: 0o600 });
    const reader = createRunReader(own);
    const listed = await readOrRefused(() => reader.list());
    if (!(listed instanceof Fault)) shown({ code: 'runs.listed', payload: { runs: listed.value } });
    const read = await readOrRefused(async () => (await reader.read(run)).records);
    if (read instanceof Fault) {
      if (read.problems[0].code === 'journal.damaged') expect(read.message).toMatch(/record \d+/);
      return;
    }
    const records: readonly JournalRecord[] = read.value;
    const folded = await readOrRefused(() => isSettled(fold(records)));
    if (records.length === 0) return;
    const report = await readOrRefused(() =>
      postMortem({
        runs: [{ run, records }],
        incident: null,
        timezone: 'Europe/London',
        unreadable: [],
        describe: (change) => describeChange(change).does,
      }),
    );
    if (folded instanceof Fault) expect(report).toBeInstanceOf(Fault);
    if (!(report instanceof Fault))
      shown({ code: 'report.made', payload: { markdown: toMarkdown(report.value) } as never });
  });
});

test('a capture whose files are changed anywhere, their digests made anew or not, is read or refused by file', async () => {
  const dir = join(await tempFolder(), 'captures');
  const id = 'cap-20260322T062500Z-0a1b2c';
  const writer = createCaptureWriter(dir, { secrets: 'omit', secretKey: null });
  await writer.write(
    id,
    {
      ...snapshotOfVhost({ queues: [{ name: 'é', arguments: { 'x-max-length': 5 } }], policies: [{ name: 'p' }] }),
      permissions: [{ user: 'u', configure: '', write: '', read: '.*' }],
      limits: { 'max-queues': 3 },
      depths: [{ queue: 'é', messages: 3, ready: 2, unacknowledged: 1, consumers: 4 }],
    },
    { is: 'complete', because: 'it runs' },
  );
  const names = ['manifest.json', 'definitions.json', 'permissions.json', 'settings.json', 'activity.json'] as const;
  const whole = new Map<string, string>();
  for (const name of names) whole.set(name, await readFile(join(dir, id, name), 'utf8'));
  const changed = fc
    .constantFrom(...names)
    .chain((name) =>
      fc.record({ name: fc.constant(name), text: mutated(JSON.parse(whole.get(name) ?? '')), anew: fc.boolean() }),
    );
  const sampled = fc.sample(changed, cases(60));
  await eachCase(sampled, async ({ name, text, anew }, at) => {
    const own = join(dir, '..', `captures-${at}`);
    await mkdir(join(own, id), { recursive: true, mode: 0o700 });
    const files = new Map(whole).set(name, text);
    if (anew && name !== 'manifest.json') {
      const manifest = JSON.parse(whole.get('manifest.json') ?? '') as {
        files: { name: string; bytes: number; sha256: string }[];
      };
      for (const file of manifest.files)
        Object.assign(file, {
          bytes: Buffer.byteLength(files.get(file.name) ?? ''),
          sha256: sha256(files.get(file.name) ?? ''),
        });
      files.set('manifest.json', JSON.stringify(manifest));
    }
    for (const [file, content] of files) await writeFile(join(own, id, file), content, { mode: 0o600 });
    const reader = createCaptureReader(own, null);
    const loaded = await readOrRefused(() => reader.load(id, 'with'));
    const listed = await readOrRefused(() => reader.list('esr'));
    expect(listed).toHaveProperty('value');
    if (loaded instanceof Fault) expect(loaded.problems[0].where ?? '').toContain(id);
    else shown({ code: 'captures.listed', payload: { vhost: 'esr', captures: [loaded.value.manifest], damaged: [] } });
  });
});

test('a capture of a Docker engine that is changed anywhere is read or refused', async () => {
  const dir = await tempFolder();
  const capture = {
    format: 1,
    id: 'dk-20260322T062500Z-0a1b2c',
    host: 'local',
    takenAt: '2026-03-22T06:25:00.000Z',
    daemon: { is: 'up', version: '20.10' },
    containers: [{ id: 'a'.repeat(64), name: 'esr', inspect: { Config: { Env: ['A=‹kept apart›'] } } }],
  };
  const reader = createDockerCaptureReader(dir);
  for (const [at, text] of fc.sample(mutated(capture), cases(60)).entries()) {
    const id = `dk-20260322T062500Z-${at.toString(16).padStart(6, '0')}`;
    await writeFile(join(dir, `${id}.json`), text, { mode: 0o600 });
    await readOrRefused(() => reader.load(id));
  }
});

test.each([
  '../../x',
  '..',
  '/etc/passwd',
  'cap-20260322T062500Z-0a1b2c/../../x',
  'cap-20260322T062500Z-0a1b2c\0',
  '-rf',
  '',
])('the name %j leads nowhere', async (id) => {
  const dir = await tempFolder();
  for (const read of [
    () => createCaptureReader(dir, null).load(id, 'with'),
    () => createDockerCaptureReader(dir).load(id),
    () => createRunReader(dir).read(id),
  ])
    expect(await readOrRefused(read as () => Promise<unknown>)).toMatchObject({ problems: [{ exit: 'usage' }] });
});

const example = await readFile(join(import.meta.dirname, '../../runbooks/example-config.yaml'), 'utf8');

/** Reads it as the program does; a Fault says where in the file. */
async function config(text: string): Promise<void> {
  const read = await readOrRefused(() => {
    const { environments } = parseConfig(text, 'config.yaml');
    for (const [name, environment] of Object.entries(environments))
      toEnvironment(name, environment, pathsFrom('/etc', '/home/me'), []);
  });
  if (read instanceof Fault)
    for (const { where } of read.problems) expect(where).toMatch(/^config\.yaml:\d+:\d+$|^environments\./);
}

test('a configuration that is changed anywhere gives environments or faults with their place', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      ': ',
      '- ',
      '{',
      '[',
      ']',
      '}',
      '"',
      "'",
      '&a ',
      '*a',
      '!!binary ',
      '|\n',
      '#',
      '\t',
      '\0',
      '\u202e',
      '~',
      '__proto__: ',
      '<<: *a',
    ),
    fc.constantFrom(
      '0 0 31 2 *',
      '99 99 * * *',
      '(',
      '(a+)+$',
      '\\',
      '\ud800',
      '1e400',
      '-1',
      '9'.repeat(400),
      '{date}',
      '../..',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const change = fc.tuple(fc.nat(example.length), fc.nat(30), piece);
  for (const changes of fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), cases(40)))
    await config(changes.reduce((text, [at, drop, put]) => text.slice(0, at) + put + text.slice(at + drop), example));
  const value: unknown = parseConfig(example, 'config.yaml');
  for (const text of fc.sample(mutated(value), cases(40))) await config(text);
});
