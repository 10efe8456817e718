import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { createSecretRegistry } from '../../../src/core/secret-registry.ts';
import { ensureFolder } from '../../../src/services/state/folders.ts';
import { readJournal } from '../../../src/services/state/journal-reader.ts';
import { openJournal, reopenJournal } from '../../../src/services/state/journal-writer.ts';
import { Fault } from '../../../src/core/fault.ts';
import { bundledChild } from './bundled-child.ts';
import { problemOf } from './faults.ts';
import { clockAt, sampleEntries } from './sample-run.ts';
import { tempFolder } from './temp-folder.ts';

const clock = clockAt('2026-03-22T06:25:00.123Z');
const note = (text: string): JournalEntry => ({
  type: 'run.noted',
  operator: { user: 'ann', host: 'ops1', pid: 7 },
  text,
});

async function writtenRun(dir: string): Promise<{ path: string; bytes: Buffer; lines: readonly string[] }> {
  const journal = await openJournal({ dir, run: 'r1', secrets: createSecretRegistry(), clock });
  for (const entry of sampleEntries('r1')) await journal.append(entry);
  await journal.close();
  const bytes = await readFile(journal.path);
  return { path: journal.path, bytes, lines: bytes.toString().split('\n').slice(0, -1) };
}

test('records come back as they were appended, chained, in a private file', async () => {
  const { path } = await writtenRun(await tempFolder());
  const reading = await readJournal(path);
  expect(reading.torn).toBe(false);
  expect(reading.records.map(({ entry }) => entry)).toEqual(sampleEntries('r1'));
  expect(reading.records.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(reading.records[0]?.prev).toBe('0'.repeat(64));
  expect(reading.records[0]?.at).toBe('2026-03-22T06:25:00.123Z');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
});

test('appends that overlap are written one after the other', async () => {
  const dir = await tempFolder();
  const journal = await openJournal({ dir, run: 'r1', secrets: createSecretRegistry(), clock });
  await Promise.all(
    [...sampleEntries('r1'), ...Array.from({ length: 50 }, (_, i) => note(`n${i}`))].map((entry) =>
      journal.append(entry),
    ),
  );
  await journal.close();
  expect((await readJournal(journal.path)).records).toHaveLength(57);
});

test('a run has one journal', async () => {
  const dir = await tempFolder();
  await writtenRun(dir);
  const problem = await problemOf(openJournal({ dir, run: 'r1', secrets: createSecretRegistry(), clock }));
  expect(problem).toMatchObject({ code: 'journal.exists', next: ['esr-ops resume r1'] });
  expect((await problemOf(openJournal({ dir, run: '../r1', secrets: createSecretRegistry(), clock }))).code).toBe(
    'state.bad-name',
  );
});

test('any single flipped byte is refused by record, or is a torn last line', async () => {
  const dir = await tempFolder();
  const { path, bytes, lines } = await writtenRun(dir);
  const lineOf = (at: number): number => bytes.subarray(0, at).toString('latin1').split('\n').length - 1;
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = flipped[at]! ^ mask;
      await writeFile(path, flipped);
      const outcome = await readJournal(path).catch((error: unknown) => error);
      if (outcome instanceof Fault) {
        const { code, details } = outcome.problems[0];
        expect(code).toBe('journal.damaged');
        expect((details as { record: number }).record).toBe(lineOf(at));
        return;
      }
      expect(outcome).toMatchObject({ torn: true });
      expect(lineOf(at)).toBe(lines.length - 1);
      expect((outcome as { records: unknown[] }).records).toHaveLength(lines.length - 1);
    }),
    { numRuns: 400 },
  );
});

test('the line end between the last two records is no torn write', async () => {
  const { path, lines } = await writtenRun(await tempFolder());
  await writeFile(path, `${lines.slice(0, -1).join('\n')}X${lines.at(-1)!}\n`);
  expect((await problemOf(readJournal(path))).details).toMatchObject({ record: lines.length - 2 });
});

test('lines removed, repeated or exchanged are refused, naming the record', async () => {
  const { path, lines } = await writtenRun(await tempFolder());
  const refusedAt = async (changed: readonly string[]): Promise<unknown> => {
    await writeFile(path, changed.map((line) => `${line}\n`).join(''));
    return ((await problemOf(readJournal(path))).details as { record: number }).record;
  };
  for (let i = 0; i < lines.length - 1; i += 1) {
    expect(await refusedAt(lines.toSpliced(i, 1))).toBe(i);
    expect(await refusedAt(lines.toSpliced(i, 0, lines[i]!))).toBe(i + 1);
    expect(await refusedAt(lines.toSpliced(i, 2, lines[i + 1]!, lines[i]!))).toBe(i);
  }
});

test('a record that was written anew with a fitting hash is refused: the one after it no longer follows', async () => {
  const { path, lines } = await writtenRun(await tempFolder());
  const { chainRecord, recordLine } = await import('../../../src/services/state/journal-line.ts');
  const third = (await readJournal(path)).records[3]!;
  const forged = chainRecord(3, third.at, { ...third.entry, evidence: ['it never ran'] } as JournalEntry, third.prev);
  await writeFile(
    path,
    lines
      .toSpliced(3, 1, recordLine(forged))
      .map((line) => `${line}\n`)
      .join(''),
  );
  expect((await problemOf(readJournal(path))).details).toMatchObject({ record: 4 });
});

test('cut off at any byte it is whole or torn, and a reopened journal goes on from there', async () => {
  const dir = await tempFolder();
  const { path, bytes, lines } = await writtenRun(dir);
  const secrets = createSecretRegistry();
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), async (at) => {
      const cut = bytes.subarray(0, at);
      const whole = cut.toString('latin1').split('\n').length - 1;
      const isTorn = at > 0 && cut.at(-1) !== 10;
      await writeFile(path, cut);
      expect(await readJournal(path)).toMatchObject({ torn: isTorn, records: { length: whole } });
      const journal = await reopenJournal({ dir, run: 'r1', secrets, clock });
      expect(journal.reading.records).toHaveLength(whole);
      await journal.append(note('after'));
      await journal.close();
      const after = await readJournal(path);
      expect(after).toMatchObject({ torn: false, records: { length: whole + 1 } });
      expect((await readFile(path, 'utf8')).split('\n').slice(0, whole)).toEqual(lines.slice(0, whole));
    }),
    { numRuns: 150 },
  );
});

test('a last line of garbage is torn, two of them are damage', async () => {
  const dir = await tempFolder();
  const { path } = await writtenRun(dir);
  await appendFile(path, '\0\0\0{"at":\n');
  expect(await readJournal(path)).toMatchObject({ torn: true, records: { length: 7 } });
  await appendFile(path, 'more');
  expect((await problemOf(readJournal(path))).code).toBe('journal.damaged');
  const before = await readFile(path);
  const problem = await problemOf(reopenJournal({ dir, run: 'r1', secrets: createSecretRegistry(), clock }));
  expect(problem.code).toBe('journal.damaged');
  expect(await readFile(path)).toEqual(before);
});

test('a record with a secret is rejected by name, nothing is written, and the next one is taken', async () => {
  const dir = await tempFolder();
  const secrets = createSecretRegistry();
  const value = 'p"ss wörd/+=\\x';
  secrets.register('environments.lab.rabbitmq.password', value);
  const journal = await openJournal({ dir, run: 'r1', secrets, clock });
  await journal.append(sampleEntries('r1')[0]);
  const before = await readFile(journal.path);
  const forms = [
    value,
    encodeURIComponent(value),
    Buffer.from(`guest:${value}`).toString('base64'),
    JSON.stringify({ nested: JSON.stringify({ value }) }),
  ];
  for (const form of forms) {
    const problem = await problemOf(journal.append(note(`it was ${form}.`)));
    expect(problem).toMatchObject({
      code: 'journal.secret',
      exit: 'failed',
      details: { record: 'run.noted', secret: 'environments.lab.rabbitmq.password' },
    });
    expect(JSON.stringify(problem)).not.toContain('wörd');
  }
  expect(await readFile(journal.path)).toEqual(before);
  expect((await journal.append(note('fine'))).seq).toBe(1);
  await journal.close();
});

test('a record of the wrong shape is a bug and is not written', async () => {
  const dir = await tempFolder();
  const journal = await openJournal({ dir, run: 'r1', secrets: createSecretRegistry(), clock });
  await expect(journal.append({ type: 'step.finished', step: 's' } as unknown as JournalEntry)).rejects.toThrow(
    /step\.finished is malformed at outcome/,
  );
  expect(await readFile(journal.path, 'utf8')).toBe('');
  await journal.close();
});

test('a disk that takes no more is a fault that says so, and the sink takes no further record', async () => {
  const dir = await tempFolder();
  await ensureFolder(dir, 'runs');
  const child = await bundledChild(
    `import { createSecretRegistry } from './src/core/secret-registry.ts';
     import { openJournal } from './src/services/state/journal-writer.ts';
     import { writeSync } from 'node:fs';
     const clock = { now: () => 0, sleep: async () => {} };
     const journal = await openJournal({ dir: process.argv[2], run: 'r1', secrets: createSecretRegistry(), clock });
     const operator = { user: 'a', host: 'b', pid: 1 };
     const said = [];
     for (let i = 0; i < 100 && said.length < 2; i += 1)
       await journal.append({ type: 'run.noted', operator, text: 'x'.repeat(200) })
         .catch((error) => said.push({ appended: i, ...error.problems[0] }));
     await journal.close();
     console.log(JSON.stringify(said));`,
    'full-disk',
  );
  const running = spawn('prlimit', ['--fsize=8192', process.execPath, child, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  running.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  await once(running, 'close');
  const said = JSON.parse(out) as { appended: number; code: string; message: string }[];
  expect(said).toHaveLength(2);
  expect(said[0]).toMatchObject({ code: 'journal.not-written', exit: 'failed' });
  expect(said[0]?.message).toContain('not certain');
  expect(said[1]?.code).toBe('journal.not-written');
  const path = join(dir, 'runs', 'r1', 'journal.jsonl');
  const reading = await readJournal(path);
  expect(reading.records).toHaveLength(said[0]!.appended);
});
