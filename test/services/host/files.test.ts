import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import type { HostReader, HostWriter } from '../../../src/core/host-machine.ts';
import { sha256 } from '../../../src/core/json.ts';
import type { RunArgv } from '../../../src/services/host/run-argv.ts';
import { runLocally } from '../../../src/services/host/run-locally.ts';
import { createHostReader, createLocalReader, createSshReader } from '../../../src/services/host/reader.ts';
import { createHostWriter, createLocalWriter, createSshWriter } from '../../../src/services/host/writer.ts';
import { describeWithSshd, startSshd } from '../../support/sshd.ts';

const isRoot = process.getuid?.() === 0;
const run = 'r-1';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esr-host files-'));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);
const bytes = (text: string): Uint8Array => Buffer.from(text);
const faultOf = async (work: Promise<unknown>): Promise<Fault['problems'][0]> => {
  const error = await work.then(
    (value) => expect.fail(`no Fault but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  return (error as Fault).problems[0];
};
const onlyFiles = async (...names: string[]): Promise<void> =>
  expect((await readdir(folder)).sort()).toEqual(names.sort());

const behaviour = (reader: () => HostReader, writer: () => HostWriter): void => {
  it('reads bytes, digest, owner, mode and time, whatever the name', async () => {
    const name = `it's $(a) "file"\n 漢\n`;
    const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));
    await writeFile(at(name), content, { mode: 0o640 });
    const file = await reader().readFile(at(name));
    const found = await stat(at(name));
    expect(Buffer.from(file.bytes).equals(content)).toBe(true);
    expect(file).toMatchObject({
      path: at(name),
      target: at(name),
      sha256: sha256(content),
      uid: found.uid,
      gid: found.gid,
      mode: 0o640,
      modifiedAt: new Date(Math.floor(found.mtimeMs / 1000) * 1000).toISOString(),
    });
    expect(await reader().stat(at(name))).toMatchObject({ type: 'file', bytes: 5000, target: at(name) });
  });

  it('tells absent, folder, empty and too big apart', async () => {
    await writeFile(at('empty'), '');
    await symlink(at('nothing'), at('dangling'));
    expect((await reader().readFile(at('empty'))).bytes).toHaveLength(0);
    expect(await reader().stat(at('no'))).toBeNull();
    expect(await reader().exists(at('dangling'))).toBe(false);
    expect(await reader().stat(folder)).toMatchObject({ type: 'folder' });
    expect(await faultOf(reader().readFile(at('no')))).toMatchObject({ code: 'host.file-absent' });
    expect(await faultOf(reader().readFile(folder))).toMatchObject({ code: 'host.not-a-file' });
    await writeFile(at('big'), 'x'.repeat(101));
    expect(await faultOf(reader().readFile(at('big'), { maxBytes: 100 }))).toMatchObject({ code: 'host.file-too-big' });
    expect((await reader().readFile(at('big'), { maxBytes: 101 })).bytes).toHaveLength(101);
  });

  it('replaces the content in one step, keeps owner and mode, and leaves a backup', async () => {
    await writeFile(at('c.properties'), 'old\n', { mode: 0o604 });
    if (isRoot) await chown(at('c.properties'), 4321, 1234);
    const before = await stat(at('c.properties'));
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256));
    const written = await writer().writeFileAtomically(at('c.properties'), content, {
      expectSha256: sha256('old\n'),
      run,
    });
    const after = await stat(at('c.properties'));
    expect((await readFile(at('c.properties'))).equals(content)).toBe(true);
    expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode]);
    expect(after.ino).not.toBe(before.ino);
    expect(after.mtimeMs).toBeGreaterThanOrEqual(before.mtimeMs);
    expect(written).toEqual({
      outcome: 'written',
      target: at('c.properties'),
      backup: at('c.properties.esr-ops-r-1.bak'),
      sha256: sha256(content),
    });
    expect(await readFile(written.backup!, 'utf8')).toBe('old\n');
    expect((await stat(written.backup!)).mode).toBe(before.mode);
    await onlyFiles('c.properties', 'c.properties.esr-ops-r-1.bak');
  });

  it('does it once: a second call finds it done, also after the old digest has gone', async () => {
    await writeFile(at('c'), 'old');
    const edit = { expectSha256: sha256('old'), run };
    await writer().writeFileAtomically(at('c'), bytes('new'), edit);
    const inode = (await stat(at('c'))).ino;
    expect(await writer().writeFileAtomically(at('c'), bytes('new'), edit)).toMatchObject({ outcome: 'already' });
    expect((await stat(at('c'))).ino).toBe(inode);
  });

  it('refuses a file that was changed in between', async () => {
    await writeFile(at('c'), 'changed by somebody');
    const fault = await faultOf(
      writer().writeFileAtomically(at('c'), bytes('new'), { expectSha256: sha256('old'), run }),
    );
    expect(fault).toMatchObject({ code: 'host.file-changed', exit: 'stale', details: { sent: false } });
    expect(await readFile(at('c'), 'utf8')).toBe('changed by somebody');
    await onlyFiles('c');
  });

  it('edits what a link leads to and keeps the link', async () => {
    await mkdir(at('real'));
    await writeFile(at('real/c'), 'old');
    await symlink('real/c', at('link'));
    await symlink('link', at('link2'));
    expect((await reader().readFile(at('link2'))).target).toBe(at('real/c'));
    const written = await writer().writeFileAtomically(at('link2'), bytes('new'), {
      expectSha256: sha256('old'),
      run,
    });
    expect(written).toMatchObject({ target: at('real/c'), backup: at('real/c.esr-ops-r-1.bak') });
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('link'), 'utf8')).toBe('new');
  });

  it('never overwrites a backup with other content, and takes one with the same', async () => {
    await writeFile(at('c'), 'old');
    await writeFile(at('c.esr-ops-r-1.bak'), 'something else');
    const edit = { expectSha256: sha256('old'), run };
    const fault = await faultOf(writer().writeFileAtomically(at('c'), bytes('new'), edit));
    expect(fault).toMatchObject({ code: 'host.file-refused', details: { sent: false } });
    expect(await readFile(at('c'), 'utf8')).toBe('old');
    await writeFile(at('c.esr-ops-r-1.bak'), 'old');
    await writer().writeFileAtomically(at('c'), bytes('new'), edit);
    await onlyFiles('c', 'c.esr-ops-r-1.bak');
  });

  it('refuses absent files, folders and odd run names', async () => {
    const edit = { expectSha256: sha256('old'), run };
    expect(await faultOf(writer().writeFileAtomically(at('no'), bytes('x'), edit))).toMatchObject({
      code: 'host.file-absent',
      details: { sent: false },
    });
    expect(await faultOf(writer().writeFileAtomically(folder, bytes('x'), edit))).toMatchObject({
      code: 'host.not-a-file',
    });
    const odd = writer().writeFileAtomically(at('no'), bytes('x'), { ...edit, run: '../x' });
    expect(await faultOf(odd)).toMatchObject({ code: 'host.bad-run-name' });
  });
};

/** Root may do everything: without its rights where the tests run as root. */
const powerless: RunArgv = isRoot
  ? runLocally(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'])
  : runLocally();

describe('files on this machine', () => {
  behaviour(createLocalReader, createLocalWriter);

  it('leaves the file alone where the folder may not be written, and where the owner would be lost', async () => {
    await writeFile(at('c'), 'old', { mode: 0o666 });
    await chmod(at('c'), 0o666);
    await chmod(folder, 0o555);
    const edit = { expectSha256: sha256('old'), run };
    const fault = await faultOf(createHostWriter('h', powerless).writeFileAtomically(at('c'), bytes('new'), edit));
    expect(fault).toMatchObject({ code: 'host.file-refused', exit: 'failed', details: { sent: false } });
    expect(fault.message).toContain('Permission denied');
    if (isRoot) {
      await chmod(folder, 0o777);
      const owner = await faultOf(createHostWriter('h', powerless).writeFileAtomically(at('c'), bytes('new'), edit));
      expect(owner.message).toContain('owner, group and mode');
    }
    expect(await readFile(at('c'), 'utf8')).toBe('old');
    await onlyFiles('c');
  });

  it('says that a file may not be read', async () => {
    await writeFile(at('c'), 'secret', { mode: isRoot ? 0o600 : 0o000 });
    await chmod(folder, 0o755);
    expect(await faultOf(createHostReader('h', powerless).readFile(at('c')))).toMatchObject({
      code: 'host.file-refused',
      details: { sent: false },
    });
  });
});

describeWithSshd('files over SSH', (sshd) => {
  const reader = (): HostReader => createSshReader('db-1', sshd().settings);
  const writer = (): HostWriter => createSshWriter('db-1', sshd().settings);
  behaviour(reader, writer);

  it('shows no content in any argument of a process', async () => {
    await writeFile(at('c'), 'old');
    let seen = false;
    const watch = (async () => {
      const secret = 'pa55-in-the-new-content';
      for (let looks = 0; looks < 20 && !seen; looks += 1) {
        const all = await createLocalReader().run({ reads: ['ps', '-eo', 'args', 'ww'] }, { timeoutMs: 10_000 });
        seen ||= all.stdout.includes(secret);
      }
    })();
    await writer().writeFileAtomically(at('c'), bytes('pa55-in-the-new-content'), {
      expectSha256: sha256('old'),
      run,
    });
    await watch;
    expect(seen).toBe(false);
  });

  it('leaves the old file when the content does not fit, nothing of the new one behind', async () => {
    // Sessions of this server may write files of 4 KiB: the same write error in the middle as on a full disk.
    const limited = await startSshd({ through: ['prlimit', '--fsize=4096', '--'] });
    try {
      await writeFile(at('c'), 'old');
      const fault = await faultOf(
        createSshWriter('db-1', limited.settings).writeFileAtomically(at('c'), bytes('n'.repeat(100_000)), {
          expectSha256: sha256('old'),
          run,
        }),
      );
      expect(fault).toMatchObject({ code: 'host.file-refused', exit: 'failed', details: { sent: false } });
      expect(await readFile(at('c'), 'utf8')).toBe('old');
      await onlyFiles('c');
    } finally {
      await limited.stop();
    }
  });

  it('holds the whole old or the whole new content when the connection breaks anywhere', async () => {
    const old = 'o'.repeat(300_000);
    const fresh = 'n'.repeat(3_000_000);
    for (const delay of [150, 300, 450, 600]) {
      await writeFile(at('c'), old);
      await rm(at('c.esr-ops-r-1.bak'), { force: true });
      const write = writer()
        .writeFileAtomically(at('c'), bytes(fresh), { expectSha256: sha256(old), run })
        .then(
          () => null,
          (error: unknown) => error as Fault,
        );
      await new Promise((resolve) => setTimeout(resolve, delay));
      await sshd().dropConnections();
      const fault = await write;
      const again = await writer().writeFileAtomically(at('c'), bytes(fresh), { expectSha256: sha256(old), run });
      if (fault === null) expect(again.outcome).toBe('already');
      else expect(['host.dropped', 'host.unreachable', 'host.file-refused']).toContain(fault.problems[0].code);
      expect(await readFile(at('c'), 'utf8')).toBe(fresh);
    }
  });
});
