import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { SshSettings } from '../../src/core/host-machine.ts';
import { Fault } from '../../src/core/fault.ts';
import { ensureServers } from '../../src/lab/ensure-servers.ts';
import { freePorts } from '../../src/lab/free-ports.ts';
import { findProgram, thisMachine } from '../../src/lab/server-parts.ts';

/** A real sshd of one suite on loopback: own host key, own authorized key, own known-hosts file. */
export interface TestSshd {
  /** Settings that reach it. */
  readonly settings: SshSettings;
  /** Private folder of the suite. */
  readonly folder: string;
  /** A folder that comes first in the search path of every session; programs in it stand before the machine's own. */
  readonly programs: string;
  /** Where sessions keep their state (`XDG_STATE_HOME`). */
  readonly state: string;
  /** What the server has logged so far. */
  log(): string;
  /** The argv that esr-ops had run so far, as each arrived on the far side, in no order; only when they are recorded. */
  commands(): Promise<readonly (readonly string[])[]>;
  /** Kills every session process at once, as a cable that is pulled would look. */
  dropConnections(): Promise<void>;
  stop(): Promise<void>;
}

/** How a server is not as usual. */
export interface SshdOptions {
  /** Words before sshd, such as limits for its sessions. */
  readonly through?: readonly [string, ...string[]];
  /** Writes each command down before it is run. */
  readonly record?: boolean;
  /** What everybody is shown before they log in. */
  readonly banner?: string;
}

/** Starts one as the current user, in the foreground. */
export async function startSshd({ through, record = false, banner }: SshdOptions = {}): Promise<TestSshd> {
  const program = findProgram(thisMachine(), 'sshd') ?? 'sshd';
  const folder = await mkdtemp(join(tmpdir(), 'esr-sshd-'));
  // The server of root goes into this empty folder before it trusts anybody, and has no setting for another one.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const file = (name: string): string => join(folder, name);
  for (const key of ['host', 'user', 'other']) await makeKey(file(key));
  await writeFile(file('authorized'), await readFile(file('user.pub')), { mode: 0o600 });
  const { port } = await freePorts(['port']);
  const [programs, state, commands] = [file('programs'), file('state'), file('commands')];
  for (const one of [programs, state, commands]) await mkdir(one, { mode: 0o700 });
  await writeFile(file('record'), recordScript(commands), { mode: 0o700 });
  if (banner !== undefined) await writeFile(file('banner'), banner);
  await writeFile(
    file('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey "${file('host')}"`,
      `AuthorizedKeysFile "${file('authorized')}"`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'PrintMotd no',
      'MaxStartups 100',
      'LogLevel VERBOSE',
      // What sessions write stays here, and nothing of the machine's own state is read.
      `SetEnv XDG_STATE_HOME=${state} PATH=${programs}:${process.env['PATH'] ?? ''}`,
      ...(banner === undefined ? [] : [`Banner ${file('banner')}`]),
      ...(record ? [`ForceCommand ${file('record')}`] : []),
      '',
    ].join('\n'),
  );
  const [command, ...args] = [...(through ?? []), program, '-D', '-e', '-f', file('sshd_config')];
  let logged = '';
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  await listening(port, child, () => logged);
  const hostKey = (await readFile(file('host.pub'), 'utf8')).trim();
  await writeFile(file('known'), `[127.0.0.1]:${port} ${hostKey}\n`);
  return {
    folder,
    settings: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      knownHosts: file('known'),
      identityFile: file('user'),
      jump: null,
      connectTimeoutMs: 20_000,
      aliveSeconds: 5,
      shareIn: null,
    },
    programs,
    state,
    log: () => logged,
    commands: async () =>
      Promise.all(
        (await readdir(commands))
          // One that is still being written.
          .filter((name) => !name.startsWith('.'))
          .map(async (name) => (await readFile(join(commands, name), 'utf8')).split(endOfWord)),
      ),
    dropConnections: async () => {
      for (const pid of await childrenOf(child.pid)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const endOfWord = '\u{1f}';

/** Takes what comes after the marks that the program brings its argv over with; each session writes a file of its own. */
function recordScript(folder: string): string {
  return `#!/bin/sh
( eval "set -- $SSH_ORIGINAL_COMMAND"; shift 5; IFS=$(printf '\\037')
  file=$(mktemp "${folder}/.XXXXXXXX") && printf %s "$*" > "$file" && mv "$file" "${folder}/\${file##*/.}" )
eval "$SSH_ORIGINAL_COMMAND"
`;
}

/** A new key pair without a passphrase: the file and `<file>.pub`. */
export async function makeKey(file: string): Promise<void> {
  const program = findProgram(thisMachine(), 'ssh-keygen') ?? 'ssh-keygen';
  await execa(program, ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
}

/**
 * A group of tests with a real sshd. Where there is none and none can be installed the tests are counted aloud as not
 * run; with `sshd` in ESR_OPS_REQUIRE that is a failure.
 */
export function describeWithSshd(name: string, tests: (sshd: () => TestSshd) => void, options: SshdOptions = {}): void {
  describe(name, () => {
    let server: TestSshd | undefined;
    let because: string | undefined;
    let notRun = 0;
    beforeAll(async () => {
      try {
        await ensureServers({ required: ['sshd'], ask: undefined, say: (line) => process.stderr.write(`${line}\n`) });
      } catch (error) {
        const demanded = (process.env['ESR_OPS_REQUIRE'] ?? '').split(',').some((part) => part.trim() === 'sshd');
        if (demanded || !(error instanceof Fault)) throw error;
        because = error.message;
        return;
      }
      server = await startSshd(options);
    });
    beforeEach((context) => {
      if (because === undefined) return;
      notRun += 1;
      context.skip(because);
    });
    afterAll(async () => {
      if (because !== undefined) process.stderr.write(`NOT RUN: ${notRun}, because ${because}\n`);
      await server?.stop();
    });
    tests(() => {
      if (server === undefined) throw new Error('sshd is asked for outside of a test');
      return server;
    });
  });
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}

async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  if (pid === undefined) return [];
  const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', String(pid)], { reject: false });
  return stdout
    .split('\n')
    .map(Number)
    .filter((found) => found > 0);
}

/** The server as the configuration names a machine. */
export function hostSection({ settings }: TestSshd): Readonly<Record<string, unknown>> {
  const { host, port, user, identityFile, knownHosts } = settings;
  return { address: host, port, user, identityFile, knownHosts, connectTimeout: '20s' };
}
