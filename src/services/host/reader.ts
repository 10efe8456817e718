import type { CommandResult, HostFile, HostReach, HostReader, HostStat, SshSettings } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/json.ts';
import { localHost, reachOf } from '../../core/reach-of.ts';
import { fileFault } from './file-fault.ts';
import { readScript, scriptCodes, statScript } from './file-scripts.ts';
import { refuseKnownChanges } from './known-programs.ts';
import { defaultMaxOutput, type RawResult, type RunArgv } from './run-argv.ts';
import { localName, runLocally } from './run-locally.ts';
import { runOverSsh } from './run-over-ssh.ts';

/** Milliseconds for one look at a file. */
const fileTimeoutMs = 30_000;

/** Room for the line and the path that come before a file's content. */
const headBytes = 64 * 1024;

/** Reads of the machine that esr-ops runs on. */
export function createLocalReader(): HostReader {
  return createHostReader(localName, runLocally());
}

/** Reads of another machine. Nothing is connected before the first call. */
export function createSshReader(name: string, settings: SshSettings): HostReader {
  return createHostReader(name, runOverSsh(name, settings));
}

/**
 * Reads of the hosts of a configuration by name; null and `local` are this machine. Nothing is connected before a
 * reader's first call. Asked for an unknown one it throws Fault `config.unknown-host`.
 */
export function hostReaders(hosts: Readonly<Record<string, HostReach>>): (name: string | null) => HostReader {
  return (name) => {
    const found = reachOf(hosts, name);
    if (found.reach === 'ssh') return createSshReader(name ?? localHost, found.ssh);
    return name === null || name === localHost
      ? createLocalReader()
      : createHostReader(name, runLocally(found.through));
  };
}

/** Reads of any machine on which an argv can be run: the same scripts everywhere, with POSIX sh and GNU coreutils. */
export function createHostReader(name: string, run: RunArgv): HostReader {
  const script = (text: string, args: readonly string[], maxOutput: number): Promise<RawResult> =>
    run(['sh', '-c', text, 'esr-ops', ...args], { timeoutMs: fileTimeoutMs, maxOutput, mayChange: false });

  const stat = async (path: string): Promise<HostStat | null> => {
    const result = await script(statScript, [path], headBytes);
    if (result.exitCode === scriptCodes.absent) return null;
    if (result.exitCode !== 0) throw fileFault(name, path, result, false);
    return readHead(result.stdout).stat;
  };
  return {
    name,
    run: async ({ reads }, options) => {
      refuseKnownChanges(reads);
      return asText(await run(reads, { ...options, mayChange: false }));
    },
    stat,
    exists: async (path) => (await stat(path)) !== null,
    readFile: async (path, { maxBytes } = { maxBytes: defaultMaxOutput }): Promise<HostFile> => {
      const result = await script(readScript, [path, String(maxBytes + 1)], maxBytes + headBytes);
      if (result.exitCode !== 0) throw fileFault(name, path, result, false);
      const { stat: found, rest } = readHead(result.stdout);
      if (rest.length > maxBytes) throw tooBig(name, path, maxBytes);
      const { target, uid, gid, mode, modifiedAt } = found;
      return { path, target, uid, gid, mode, modifiedAt, bytes: rest, sha256: sha256(rest) };
    },
  };
}

/** A result with its outputs as UTF-8 text. */
export function asText({ exitCode, stdout, stderr, truncated }: RawResult): CommandResult {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return { exitCode, stdout: text(stdout), stderr: text(stderr), truncated };
}

function readHead(output: Uint8Array): { readonly stat: HostStat; readonly rest: Uint8Array } {
  const lineEnd = output.indexOf(0x0a);
  const nul = output.indexOf(0, lineEnd + 1);
  const [size = '', uid = '', gid = '', rawMode = '', time = ''] = Buffer.from(output.subarray(0, lineEnd))
    .toString('latin1')
    .split(' ');
  const mode = Number.parseInt(rawMode, 16);
  const kind = mode & 0o170000;
  return {
    stat: {
      type: kind === 0o100000 ? 'file' : kind === 0o040000 ? 'folder' : 'other',
      target: Buffer.from(output.subarray(lineEnd + 1, nul)).toString('utf8'),
      bytes: Number(size),
      uid: Number(uid),
      gid: Number(gid),
      mode: mode & 0o7777,
      modifiedAt: new Date(Number(time) * 1000).toISOString(),
    },
    rest: output.subarray(nul + 1),
  };
}

function tooBig(host: string, path: string, maxBytes: number): Fault {
  return new Fault({
    code: 'host.file-too-big',
    message: `${host}:${path} is longer than ${maxBytes} bytes, the most that is read of such a file.`,
    where: `${host}:${path}`,
    next: ['correct the path in the configuration'],
    details: { sent: false },
    exit: 'failed',
  });
}
