import type { Argv } from '../../core/host-machine.ts';
import { boundedOutput } from './bounded-output.ts';
import { cutShort, defaultMaxOutput, noProgram, type CutShort, type RunArgv } from './run-argv.ts';
import { spawnArgv } from './spawn-argv.ts';

/** Name of the machine that esr-ops runs on. */
export const localName = 'this machine';

/**
 * Runs commands on this machine, without a shell.
 *
 * @param through words put before each command, to run it as another user for instance
 */
export function runLocally(through: readonly string[] = []): RunArgv {
  return async (argv, options) => {
    const limit = options.maxOutput ?? defaultMaxOutput;
    const stdout = boundedOutput(limit);
    const stderr = boundedOutput(limit);
    const child = spawnArgv([...through, ...argv] as unknown as Argv, {
      onOut: (chunk) => {
        stdout.push(chunk);
        options.onOutput?.(chunk);
      },
      onErr: (chunk) => stderr.push(chunk),
    });
    const watch = watchdog(options, () => child.stop());
    child.end(options.input);
    try {
      const exitCode = await child.ended;
      if (watch.why !== null) throw cutShort(localName, argv, watch.why, options);
      return {
        exitCode,
        stdout: stdout.bytes(),
        stderr: stderr.bytes(),
        truncated: stdout.truncated || stderr.truncated,
      };
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES'))
        throw noProgram(localName, argv);
      throw error;
    } finally {
      watch.off();
    }
  };
}

/** Stops a command at its limit or on request, once. */
export function watchdog(
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  stop: () => void,
): { readonly why: CutShort | null; off(): void } {
  let why: CutShort | null = null;
  const end = (reason: CutShort) => (): void => {
    if (why !== null) return;
    why = reason;
    stop();
  };
  const timer = setTimeout(end('timeout'), timeoutMs);
  const onAbort = end('stopped');
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    get why() {
      return why;
    },
    off: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
