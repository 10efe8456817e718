import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshSettings } from '../../core/host-machine.ts';
import { afterMarker } from './after-marker.ts';
import { boundedOutput } from './bounded-output.ts';
import { quotePosix, refuseNul } from './quote-posix.ts';
import { cutShort, defaultMaxOutput, noProgram, type RawResult, type RunArgv } from './run-argv.ts';
import { watchdog } from './run-locally.ts';
import { spawnArgv } from './spawn-argv.ts';
import { sshArguments, sshConfigText } from './ssh-config.ts';
import { sshFault } from './ssh-fault.ts';
import { endOf } from '../../core/shortened.ts';

/**
 * What the far side runs. It says that it is there and waits for one word before it starts anything: a connection that
 * never stood, or broke before that word, has certainly run nothing. The exit code comes as a line of its own, because
 * ssh's own failure is exit 255, and so may be the command's.
 */
const farSide = [
  'n=$1; shift',
  `printf '%s\\n' "$n"; printf '%s\\n' "$n" >&2`,
  'IFS= read -r go || exit 0',
  '[ "$go" = "$n" ] || exit 0',
  'if command -v -- "$1" >/dev/null 2>&1',
  `then (exec "$@"); printf '\\n%s exit %s\\n' "$n" "$?" >&2`,
  `else printf '\\n%s absent\\n' "$n" >&2`,
  'fi',
].join('\n');

/** Bytes at the end of standard error in which the exit code is looked for. */
const tailBytes = 8192;

/**
 * Runs commands on another machine with the system's ssh client. Only keys in the configured known-hosts file are
 * believed, and nobody is ever asked anything.
 *
 * @param name of the machine in messages
 */
export function runOverSsh(name: string, settings: SshSettings): RunArgv {
  return async (argv, options) => {
    for (const word of argv) refuseNul(word);
    const folder = await mkdtemp(join(tmpdir(), 'esr-ops-ssh-'));
    try {
      const config = join(folder, 'config');
      const log = join(folder, 'log');
      await writeFile(config, sshConfigText(settings), { mode: 0o600 });
      const nonce = randomBytes(16).toString('hex');
      const remote = ['sh', '-c', farSide, 'esr-ops', nonce, ...argv].map(quotePosix).join(' ');
      const limit = options.maxOutput ?? defaultMaxOutput;
      const stdout = boundedOutput(limit);
      const stderr = boundedOutput(limit);
      let tail = '';
      let clientCode = 255;
      let watch: ReturnType<typeof watchdog> | null = null;

      const out = afterMarker(
        nonce,
        () => {
          clearTimeout(connecting);
          watch = watchdog(options, () => child.stop());
          child.write(`${nonce}\n`);
          child.end(options.input);
        },
        (chunk) => {
          stdout.push(chunk);
          options.onOutput?.(chunk);
        },
      );
      const err = afterMarker(
        nonce,
        () => undefined,
        (chunk) => {
          stderr.push(chunk);
          tail = (tail + Buffer.from(chunk).toString('latin1')).slice(-tailBytes);
        },
      );
      const child = spawnArgv(['ssh', ...sshArguments(settings, config, log), remote], {
        onOut: (chunk) => out.push(chunk),
        onErr: (chunk) => err.push(chunk),
      });
      const stopWaiting = (): void => child.stop();
      const connecting = setTimeout(stopWaiting, settings.connectTimeoutMs + 2000);
      options.signal?.addEventListener('abort', stopWaiting, { once: true });
      try {
        clientCode = await child.ended.catch((error: unknown) => {
          throw error instanceof Error && 'code' in error && error.code === 'ENOENT'
            ? noProgram('this machine', ['ssh'])
            : error;
        });
      } finally {
        clearTimeout(connecting);
        options.signal?.removeEventListener('abort', stopWaiting);
        (watch as ReturnType<typeof watchdog> | null)?.off();
      }
      const started = watch as ReturnType<typeof watchdog> | null;
      const logText = await readFile(log, 'utf8').catch(() => '');
      if (started === null) throw sshFault(name, settings, clientCode, logText, `${out.noise()}\n${err.noise()}`);
      const ending = new RegExp(`\\n${nonce} (?:exit (\\d+)|(absent))\\n`).exec(tail);
      if (ending?.[2] !== undefined) throw noProgram(name, argv);
      if (ending === null) throw cutShort(name, argv, started.why ?? 'dropped', options, endOf(logText.trim(), 2000));
      return result(Number(ending[1]), stdout.bytes(), stderr.bytes(), nonce, stdout.truncated || stderr.truncated);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

function result(
  exitCode: number,
  stdout: Uint8Array,
  stderr: Uint8Array,
  nonce: string,
  truncated: boolean,
): RawResult {
  const kept = Buffer.from(stderr);
  const at = kept.lastIndexOf(`\n${nonce} `);
  return { exitCode, stdout, stderr: at < 0 ? kept : kept.subarray(0, at), truncated };
}
