import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { fold, isSettled } from '../../src/core/fold.ts';
import { createSecretRegistry } from '../../src/core/secret-registry.ts';
import { createCaptureReader } from '../../src/services/captures/reader.ts';
import { createCaptureWriter } from '../../src/services/captures/writer.ts';
import { createDockerCaptureReader } from '../../src/services/docker/capture-reader.ts';
import { readLedger } from '../../src/services/messages/ledger-reader.ts';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { verifyDrain } from '../../src/services/messages/verify-drain.ts';
import { createNoticeReader } from '../../src/services/notify/reader.ts';
import { openJournal, reopenJournal } from '../../src/services/state/journal-writer.ts';
import { readPlanFile } from '../../src/services/state/plan-file.ts';
import { createRunReader, isPlanSpent } from '../../src/services/state/runs-reader.ts';
import { clockAt, sampleEntries, samplePlan } from '../fast/state/sample-run.ts';
import { tempFolder } from '../fast/state/temp-folder.ts';
import { snapshotOfVhost } from '../support/snapshots.ts';
import { esrOps, testEnvironment } from '../support/program.ts';
import { smallDisk } from '../support/small-disk.ts';
import { freshVhost } from '../support/servers.ts';
import { readOrRefused } from './fuzzing.ts';

const fixtures = join(import.meta.dirname, '../fixtures/state');
const run = 'run-20260322T062500Z-0a1b2c';
const capture = 'cap-20260322T062500Z-0a1b2c';
const drain = 'drain-20260322T062500Z-0a1b2c';

/** A copy of a kept state folder with the modes that the program gives. */
async function stateOf(name: string): Promise<string> {
  const dir = join(await tempFolder(), 'test');
  await cp(join(fixtures, name), dir, { recursive: true });
  for (const path of ['.', ...(await readdir(dir, { recursive: true }))])
    await chmod(join(dir, path), (await stat(join(dir, path))).isDirectory() ? 0o700 : 0o600);
  return dir;
}

const key = (): Promise<string> => Promise.resolve('a key of fixtures');

describe('state that was written in format 1', () => {
  it('is read: runs, plans, captures with their secrets, drains, restores, Docker, notices', async () => {
    const dir = await stateOf('format-1');
    const { records } = await createRunReader(dir).read(run);
    expect(isSettled(fold(records))).toBe(true);
    expect(records.map(({ entry }) => entry.type)).toEqual(sampleEntries(run).map(({ type }) => type));
    expect(await readPlanFile(join(dir, 'plan.json'))).toEqual(samplePlan());
    expect(await isPlanSpent(dir, 'plan-1')).toBe(true);
    const { snapshot, manifest } = await createCaptureReader(join(dir, 'captures'), key).load(capture, 'with');
    expect(manifest.counts).toMatchObject({ queues: 1, messages: 3, consumers: 4 });
    expect(JSON.stringify(snapshot.definitions)).toContain('Fixture%2Fsecret');
    const folder = join(dir, 'drains', drain);
    await verifyDrain(folder);
    const bodies: string[] = [];
    for await (const { body } of readDrain(folder)) bodies.push(String(body));
    expect(bodies).toEqual(['{"traineeId":0}', '{"traineeId":1}', '{"traineeId":2}']);
    const [ledger = ''] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
    expect(await readLedger(join(folder, ledger), 'another boot')).toMatchObject({ cut: true, head: { format: 2 } });
    expect(await createDockerCaptureReader(join(dir, 'docker')).load('dk-20260322T062500Z-0a1b2c')).toMatchObject({
      containers: [{ name: 'esr' }],
    });
    expect(await createNoticeReader(dir, [{ name: 'team' }]).queues()).toMatchObject([
      { waiting: [{ event: 'started' }], refused: 0 },
    ]);
  });

  it('goes on being written: a note is chained behind what is there', async () => {
    const dir = await stateOf('format-1');
    const sink = await reopenJournal({
      dir,
      run,
      secrets: createSecretRegistry(),
      clock: clockAt('2026-03-22T09:00:00Z'),
    });
    await sink.append({ type: 'run.noted', operator: { user: 'a', host: 'b', pid: 1 }, text: 'later' });
    await sink.close();
    expect((await createRunReader(dir).read(run)).records).toHaveLength(sampleEntries(run).length + 1);
  });
});

describe('state that was written by another version', () => {
  it('a journal whose records have another form is refused as such, not as damaged, and names the version', async () => {
    const dir = await stateOf('format-1');
    const path = join(dir, 'runs', run, 'journal.jsonl');
    await copyFile(join(fixtures, 'earlier', 'journal-without-did.jsonl'), path);
    expect(await readOrRefused(() => createRunReader(dir).read(run))).toMatchObject({
      problems: [
        {
          code: 'journal.other-version',
          message: expect.stringMatching(/^Record 0 \(line 1\) .*begun by 0\.1\.0/) as string,
          next: expect.arrayContaining([expect.stringContaining('runs ack')]) as string[],
        },
      ],
    });
    const [listed] = await createRunReader(dir).list();
    expect(listed?.damage).toContain('another version of esr-ops');
  });

  it('the ledger of a restore in format 1 is refused: what it says was sent would be sent again', async () => {
    const path = join(await tempFolder(), 'restore-1cf7f57edc7f.jsonl');
    await copyFile(join(fixtures, 'earlier', 'ledger-1.jsonl'), path);
    expect(await readOrRefused(() => readLedger(path, 'boot'))).toMatchObject({
      problems: [{ code: 'drain.damaged', message: expect.stringContaining('format 1 of another version') as string }],
    });
  });

  it.each([
    ['plan.json', 'plan.unreadable', (dir: string) => readPlanFile(join(dir, 'plan.json'))],
    [
      `captures/${capture}/manifest.json`,
      'capture.damaged',
      (dir: string) => createCaptureReader(join(dir, 'captures'), key).load(capture, 'with'),
    ],
    [`drains/${drain}/manifest.json`, 'drain.damaged', (dir: string) => verifyDrain(join(dir, 'drains', drain))],
    [
      'docker/dk-20260322T062500Z-0a1b2c.json',
      'docker.capture-damaged',
      (dir: string) => createDockerCaptureReader(join(dir, 'docker')).load('dk-20260322T062500Z-0a1b2c'),
    ],
  ])('a format that is not known yet is refused: %s', async (file, code, read) => {
    const dir = await stateOf('format-1');
    const text = await readFile(join(dir, file), 'utf8');
    await writeFile(join(dir, file), text.replace(/"format": ?1/, '"format": 9'));
    expect(await readOrRefused(() => read(dir) as Promise<unknown>)).toMatchObject({ problems: [{ code }] });
  });
});

describe('a state folder that is not its owner’s alone', () => {
  it.each<[string, (dir: string, aside: string) => Promise<void>]>([
    ['a journal that is a link', async (dir, aside) => linked(join(dir, 'runs', run, 'journal.jsonl'), aside)],
    ['a folder of a run that is a link', async (dir, aside) => linked(join(dir, 'runs', run), aside)],
    ['a folder of runs that others may enter', (dir) => chmod(join(dir, 'runs'), 0o755)],
    [
      'a pipe in the place of a journal',
      async (dir, aside) => {
        await rename(join(dir, 'runs', run, 'journal.jsonl'), aside);
        execFileSync('mkfifo', [join(dir, 'runs', run, 'journal.jsonl')]);
      },
    ],
  ])('%s is not gone on with', async (_, change) => {
    const dir = await stateOf('format-1');
    await change(dir, join(dir, '..', 'aside'));
    const opened = await readOrRefused(() =>
      reopenJournal({ dir, run, secrets: createSecretRegistry(), clock: clockAt('2026-03-22T09:00:00Z') }),
    );
    expect(opened).toBeInstanceOf(Fault);
    expect((opened as Fault).message).toMatch(/symbolic link|open to other users|not a regular file/);
  });

  it.each(['captures', 'docker'])('%s that lead elsewhere are not written into', async (name) => {
    const dir = await stateOf('format-1');
    const aside = join(dir, '..', 'aside');
    await linked(join(dir, name), aside);
    const writer = createCaptureWriter(join(dir, name), { secrets: 'omit', secretKey: null });
    const written = await readOrRefused(() =>
      writer.write('cap-20260323T062500Z-0a1b2c', snapshotOfVhost({}), { is: 'complete', because: 'it runs' }),
    );
    expect(written).toMatchObject({ problems: [{ code: 'state.unsafe-folder', exit: 'usage' }] });
    expect(await readdir(aside)).not.toContain('cap-20260323T062500Z-0a1b2c');
  });

  it.each([
    ['a manifest', `captures/${capture}/manifest.json`],
    ['a part', `captures/${capture}/definitions.json`],
    ['a segment', `drains/${drain}/segment-000001.esrq`],
    ['a drain’s manifest', `drains/${drain}/manifest.json`],
  ])('%s that is a pipe or a link is refused at once', async (_, file) => {
    const dir = await stateOf('format-1');
    const aside = join(dir, '..', 'aside');
    const read = (): Promise<unknown> =>
      file.startsWith('captures')
        ? createCaptureReader(join(dir, 'captures'), key).load(capture, 'with')
        : verifyDrain(join(dir, 'drains', drain));
    await linked(join(dir, file), aside);
    expect(await readOrRefused(read)).toBeInstanceOf(Fault);
    execFileSync('rm', [join(dir, file)]);
    execFileSync('mkfifo', [join(dir, file)]);
    expect(await readOrRefused(read)).toBeInstanceOf(Fault);
  });
});

async function linked(path: string, aside: string): Promise<void> {
  await rename(path, aside);
  await symlink(aside, path);
}

describe('a clock that is stepped', () => {
  it('back and forth in a run leaves a journal that is whole, in order, listed and reported', async () => {
    const dir = join(await tempFolder(), 'test');
    const clock = clockAt('2026-03-22T06:25:00Z');
    await mkdir(dir, { mode: 0o700 });
    const sink = await openJournal({ dir, run, secrets: createSecretRegistry(), clock });
    const times = ['2026-03-22T06:25:00Z', '1999-01-01T00:00:00Z', '2038-01-19T03:14:08Z', '1970-01-01T00:00:00Z'];
    for (const [at, entry] of sampleEntries(run).entries()) {
      clock.to(times[at % times.length] ?? '');
      await sink.append(entry);
    }
    await sink.close();
    const { records, torn } = await createRunReader(dir).read(run);
    expect([records.length, torn]).toEqual([sampleEntries(run).length, false]);
    expect(isSettled(fold(records))).toBe(true);
    expect((await createRunReader(dir).list())[0]?.damage).toBe(null);
  });
});

describe('a state folder on a disk that takes nothing', () => {
  it.for([['is read-only', 'ro', /read-only/] as const, ['is full', 'size=8k,nr_inodes=3', /no space left/] as const])(
    '%s: what only reads works, what would change something is refused before it changes anything',
    async ([, option, why], context) => {
      const vhost = await freshVhost();
      onTestFinished(() => vhost.remove());
      const environment = await testEnvironment(vhost.name);
      onTestFinished(() => environment.remove());
      const state = join(environment.home, 'state');
      await smallDisk(context, option, state);
      const listed = await esrOps(['runs', 'list'], environment);
      expect(listed.exitCode, listed.stderr).toBe(0);
      const changing = await esrOps(['vhost', 'capture', '--yes'], environment);
      expect([1, 2, 4], changing.stderr).toContain(changing.exitCode);
      expect(changing.stderr).not.toMatch(/This should not happen|^\s+at /m);
      expect(changing.stderr.replaceAll(/\s+/g, ' ')).toMatch(why);
    },
  );
});
