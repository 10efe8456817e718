import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import type { Argv, HostReader, HostWriter, SshSettings } from '../../../src/core/host-machine.ts';
import { createLocalReader, createSshReader } from '../../../src/services/host/reader.ts';
import { createLocalWriter, createSshWriter } from '../../../src/services/host/writer.ts';
import { describeWithSshd, makeKey, startSshd } from '../../support/sshd.ts';

const limits = { timeoutMs: 30_000 };
const faultOf = async (work: Promise<unknown>): Promise<Fault['problems'][0]> => {
  const error = await work.then(
    (value) => expect.fail(`no Fault but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  return (error as Fault).problems[0];
};

/** Prints its arguments as JSON: whatever came through the shells between. */
const echo = (...words: string[]): Argv => [
  process.execPath,
  '-e',
  'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
  '--',
  ...words,
];
const hostile = [
  '',
  ' ',
  "it's",
  '"double"',
  'a\nb\n',
  '\n',
  '\r\n\t',
  '$(touch /tmp/never) `id` ${HOME} $1',
  '\\ \\\\ \\n',
  '*?[a-z] ~ ~root {a,b}',
  '; rm -rf x & | > < ( ) # !',
  '-oProxyCommand=false',
  '--',
  'ünïcode 漢字 🙂 \u202e\u0007',
  "'''\\'''",
  '=',
  'A=b',
  '%h %% %s',
];

const behaviour = (reader: () => HostReader, writer: () => HostWriter): void => {
  it('passes hostile arguments on unchanged', async () => {
    const { stdout } = await reader().run({ reads: echo(...hostile) }, limits);
    expect(JSON.parse(stdout)).toEqual(hostile);
  });

  it('tells output, error output and each exit code apart, 255 and signals included', async () => {
    for (const code of [0, 1, 127, 254, 255]) {
      const done = await reader().run(
        { reads: ['sh', '-c', 'printf out; printf err >&2; exit "$1"', 'sh', String(code)] },
        limits,
      );
      expect(done).toEqual({ exitCode: code, stdout: 'out', stderr: 'err', truncated: false });
    }
    const killed = await reader().run({ reads: ['sh', '-c', 'kill -KILL $$'] }, limits);
    expect(killed.exitCode).toBe(137);
  });

  it('gives the input to the command byte for byte, and none of it to anything else', async () => {
    const input = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
    const done = await reader().run({ reads: ['sha256sum'] }, { ...limits, input });
    expect(done.stdout.slice(0, 64)).toBe(createHash('sha256').update(input).digest('hex'));
    const ignored = await writer().run({ changes: ['true'] }, { ...limits, input });
    expect(ignored.exitCode).toBe(0);
  });

  it('keeps no more output than asked for, and reads on', async () => {
    const many = await reader().run(
      {
        reads: [
          process.execPath,
          '-e',
          'process.stdout.write("x".repeat(3e6)); process.stderr.write("y".repeat(3e6)); process.exitCode = 3',
        ],
      },
      { ...limits, maxOutput: 1000 },
    );
    expect(many).toEqual({ exitCode: 3, stdout: 'x'.repeat(1000), stderr: 'y'.repeat(1000), truncated: true });
  });

  it('hands output on while the command runs', async () => {
    const stop = new AbortController();
    let seen = '';
    const fault = await faultOf(
      reader().run(
        { reads: ['sh', '-c', 'echo first; exec sleep 60'] },
        {
          ...limits,
          signal: stop.signal,
          onOutput: (chunk) => {
            seen += Buffer.from(chunk).toString();
            stop.abort();
          },
        },
      ),
    );
    expect(seen).toBe('first\n');
    expect(fault).toMatchObject({ code: 'host.stopped', exit: 'unreachable', details: { sent: false } });
  });

  it('says that a program is not there, and that nothing ran', async () => {
    const fault = await faultOf(writer().run({ changes: ['no-such program', 'x'] }, limits));
    expect(fault).toMatchObject({ code: 'host.no-program', details: { sent: false } });
    expect(fault.message).toContain('"no-such program"');
  });

  it('calls the outcome of a change unknown at its time limit, and that of a read not', async () => {
    const change = await faultOf(writer().run({ changes: ['sleep', '60'] }, { timeoutMs: 500 }));
    expect(change).toMatchObject({ code: 'host.timeout', exit: 'unknown', details: { sent: true } });
    const read = await faultOf(reader().run({ reads: ['sleep', '60'] }, { timeoutMs: 500 }));
    expect(read).toMatchObject({ code: 'host.timeout', exit: 'unreachable', details: { sent: false } });
  });

  it('refuses NUL, and changes that are called reads', async () => {
    expect(await faultOf(reader().run({ reads: ['echo', 'a\0b'] }, limits))).toMatchObject({ code: 'host.nul' });
    for (const reads of [
      ['docker', 'rm', 'ps'],
      ['/usr/bin/docker', '--host', 'ps', 'stop', 'x'],
      ['systemctl', '--user', 'restart', 'status'],
      ['docker'],
    ] as const) {
      expect(await faultOf(reader().run({ reads }, limits))).toMatchObject({ code: 'host.not-a-read' });
    }
  });
};

describe('commands on this machine', () => {
  behaviour(createLocalReader, createLocalWriter);
});

describeWithSshd('commands over SSH', (sshd) => {
  const over = (changes: Partial<SshSettings> = {}): HostReader =>
    createSshReader('db-1', { ...sshd().settings, ...changes });
  const changing = (changes: Partial<SshSettings> = {}): HostWriter =>
    createSshWriter('db-1', { ...sshd().settings, ...changes });
  behaviour(
    () => over(),
    () => changing(),
  );

  it('brings any text through the far shell unchanged', async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...Array.from(`'"\\$\`!*?~#&;|<>(){}[]= \n\t-`)),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    });
    const word = text.filter((value) => !value.includes('\0') && Buffer.from(value).toString() === value);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 40, maxLength: 80 }), async (words) => {
        const { stdout } = await over().run({ reads: echo(...words) }, limits);
        expect(JSON.parse(stdout)).toEqual(words);
      }),
      { numRuns: 12 },
    );
  });

  it('shares one connection when told to', async () => {
    const before =
      sshd()
        .log()
        .match(/Accepted publickey/g)?.length ?? 0;
    const shared = { shareIn: sshd().folder };
    for (const code of ['3', '255']) {
      const { exitCode } = await over(shared).run({ reads: ['sh', '-c', `exit ${code}`] }, limits);
      expect(String(exitCode)).toBe(code);
    }
    expect(
      (sshd()
        .log()
        .match(/Accepted publickey/g)?.length ?? 0) - before,
    ).toBe(1);
    await sshd().dropConnections();
  });

  it('goes through a jump host whose key is checked too', async () => {
    const far = await startSshd();
    try {
      const both = join(sshd().folder, 'known both');
      const near = await readFile(sshd().settings.knownHosts, 'utf8');
      const own = await readFile(far.settings.knownHosts, 'utf8');
      await writeFile(both, near + own);
      // One identity for both machines: the far one must know the near one's key.
      await writeFile(join(far.folder, 'authorized'), await readFile(join(sshd().folder, 'user.pub')));
      const jump = `${sshd().settings.user ?? ''}@127.0.0.1:${sshd().settings.port}`;
      const settings = { port: far.settings.port, jump, knownHosts: both };
      expect((await over(settings).run({ reads: ['echo', 'there'] }, limits)).stdout).toBe('there\n');
      expect(far.log()).toContain('Accepted publickey');

      const farOnly = await faultOf(
        over({ ...settings, knownHosts: far.settings.knownHosts }).run({ reads: ['true'] }, limits),
      );
      expect(farOnly).toMatchObject({ exit: 'unreachable', details: { sent: false } });
      expect(farOnly.code).toBe('host.key-unknown');
    } finally {
      await far.stop();
    }
  });

  it('refuses an unknown and a changed host key, runs nothing and adds nothing', async () => {
    const mark = join(sshd().folder, 'mark');
    const touch: Argv = ['touch', mark];
    const empty = join(sshd().folder, 'known-none');
    await writeFile(empty, '');
    const unknown = await faultOf(changing({ knownHosts: empty }).run({ changes: touch }, limits));
    expect(unknown).toMatchObject({ code: 'host.key-unknown', exit: 'unreachable', details: { sent: false } });
    expect(unknown.next?.join('\n')).toContain(`ssh-keyscan -p ${sshd().settings.port}`);
    expect(await readFile(empty, 'utf8')).toBe('');

    const missing = await faultOf(changing({ knownHosts: '/nowhere/known' }).run({ changes: touch }, limits));
    expect(missing.code).toBe('host.key-unknown');

    const wrong = join(sshd().folder, 'known-wrong');
    const otherKey = await readFile(join(sshd().folder, 'other.pub'), 'utf8');
    await writeFile(wrong, `[127.0.0.1]:${sshd().settings.port} ${otherKey}`);
    const changed = await faultOf(changing({ knownHosts: wrong }).run({ changes: touch }, limits));
    expect(changed).toMatchObject({ code: 'host.key-changed', exit: 'unreachable', details: { sent: false } });
    expect(await over().exists(mark)).toBe(false);
  });

  it('says which key was refused, and that nothing listens', async () => {
    const identityFile = join(sshd().folder, 'other');
    const refused = await faultOf(over({ identityFile }).run({ reads: ['true'] }, limits));
    expect(refused).toMatchObject({ code: 'host.unauthorised', exit: 'unreachable' });
    expect(refused.next?.join()).toContain(identityFile);
    const gone = await faultOf(over({ port: 9 }).run({ reads: ['true'] }, limits));
    expect(gone).toMatchObject({ code: 'host.unreachable', details: { sent: false } });
    expect(gone.message).toContain('Connection refused');
  });

  it('gives up on a machine that accepts and then says nothing', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    try {
      const fault = await faultOf(over({ port, connectTimeoutMs: 1000 }).run({ reads: ['true'] }, limits));
      expect(fault).toMatchObject({ code: 'host.unreachable', details: { sent: false } });
    } finally {
      silent.close();
    }
  });

  it('calls a change unknown when the connection breaks in its middle', async () => {
    const dropped = await faultOf(
      changing().run(
        { changes: ['sh', '-c', 'echo begun; exec sleep 5'] },
        { ...limits, onOutput: () => void sshd().dropConnections() },
      ),
    );
    expect(dropped).toMatchObject({ code: 'host.dropped', exit: 'unknown', details: { sent: true } });
  });

  it('is not confused by what a login script prints, and says when there is no shell', async () => {
    const entries = {
      noisy: 'echo noise; echo noise >&2; eval \\"$SSH_ORIGINAL_COMMAND\\"',
      closed: 'echo This account is currently not available.; exit 1',
    };
    const authorized = join(sshd().folder, 'authorized');
    for (const [name, command] of Object.entries(entries)) {
      const key = join(sshd().folder, name);
      await makeKey(key);
      const line = `command="${command}" ${await readFile(`${key}.pub`, 'utf8')}`;
      await writeFile(authorized, `${await readFile(authorized, 'utf8')}${line}`);
    }
    const noisy = await over({ identityFile: join(sshd().folder, 'noisy') }).run(
      { reads: ['sh', '-c', 'echo out; echo err >&2; exit 4'] },
      limits,
    );
    expect(noisy).toEqual({ exitCode: 4, stdout: 'out\n', stderr: 'err\n', truncated: false });
    const closed = await faultOf(
      over({ identityFile: join(sshd().folder, 'closed') }).run({ reads: ['true'] }, limits),
    );
    expect(closed).toMatchObject({ code: 'host.no-shell', details: { sent: false } });
    expect(JSON.stringify(closed.details)).toContain('not available');
  });

  it.each([
    ['host', '-oProxyCommand=touch'],
    ['host', 'a b'],
    ['user', '-l'],
    ['jump', 'x -W'],
    ['jump', '-oProxyCommand=x'],
    ['knownHosts', '/a"b'],
    ['knownHosts', '/a\nProxyCommand x'],
    ['knownHosts', 'relative'],
    ['identityFile', '/${HOME}/x'],
    ['port', 0],
  ] as const)('refuses the %s %j', async (setting, value) => {
    const fault = await faultOf(over({ [setting]: value }).run({ reads: ['true'] }, limits));
    expect(fault).toMatchObject({ code: 'host.ssh-settings', exit: 'usage' });
  });
});
