import type { FileWritten, HostReach, HostWriter, SshSettings } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/json.ts';
import { localHost, reachOf } from '../../core/reach-of.ts';
import { fileFault } from './file-fault.ts';
import { scriptCodes, writeScript } from './file-scripts.ts';
import { asText } from './reader.ts';
import type { RunArgv } from './run-argv.ts';
import { localName, runLocally } from './run-locally.ts';
import { runOverSsh } from './run-over-ssh.ts';

/** Milliseconds for one write; a disk that is that slow leaves the outcome unknown. */
const writeTimeoutMs = 60_000;

/** Changes on the machine that esr-ops runs on. */
export function createLocalWriter(): HostWriter {
  return createHostWriter(localName, runLocally());
}

/** Changes on another machine. Nothing is connected before the first call. */
export function createSshWriter(name: string, settings: SshSettings): HostWriter {
  return createHostWriter(name, runOverSsh(name, settings));
}

/** Changes on the hosts of a configuration by name, as `hostReaders` reads them. */
export function hostWriters(hosts: Readonly<Record<string, HostReach>>): (name: string | null) => HostWriter {
  return (name) => {
    const found = reachOf(hosts, name);
    if (found.reach === 'ssh') return createSshWriter(name ?? localHost, found.ssh);
    return name === null || name === localHost
      ? createLocalWriter()
      : createHostWriter(name, runLocally(found.through));
  };
}

/** Changes on any machine on which an argv can be run. */
export function createHostWriter(name: string, run: RunArgv): HostWriter {
  return {
    name,
    run: async ({ changes }, options) => asText(await run(changes, { ...options, mayChange: true })),
    writeFileAtomically: async (path, bytes, { expectSha256, run: runName }): Promise<FileWritten> => {
      const digest = sha256(bytes);
      const ending = `.esr-ops-${checkedRun(runName)}.bak`;
      const result = await run(['sh', '-c', writeScript, 'esr-ops', path, expectSha256, digest, ending], {
        timeoutMs: writeTimeoutMs,
        input: bytes,
        mayChange: true,
      });
      const target = Buffer.from(result.stdout).toString('utf8').replace(/\0$/, '');
      if (result.exitCode === scriptCodes.already) return { outcome: 'already', target, backup: null, sha256: digest };
      if (result.exitCode === 0) return { outcome: 'written', target, backup: `${target}${ending}`, sha256: digest };
      throw fileFault(name, path, result, true);
    },
  };
}

function checkedRun(run: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(run)) return run;
  throw new Fault({
    code: 'host.bad-run-name',
    message: `${JSON.stringify(run)} can't be part of a backup's name.`,
    details: { sent: false },
    exit: 'failed',
  });
}
