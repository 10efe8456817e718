import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Name of the environment variable that every process of a lab carries; its value is the lab's id. */
export const labMarker = 'ESR_OPS_LAB';

/** A server to start. */
export interface ProcessStart {
  /** Id of the lab; found again in `/proc/<pid>/environ` by whoever cleans up. */
  readonly labId: string;
  readonly file: string;
  /** Never holds a secret: every account of the machine can read it. */
  readonly args: readonly string[];
  /** Added to PATH and the locale; nothing else of the caller's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where stdout and stderr go (appended, mode 0600). */
  readonly log: string;
  /** Whether stdin and stdout are pipes to the owner instead; default false. */
  readonly piped?: boolean;
}

/** A server process that can't outlive the process that started it. */
export interface OwnedProcess {
  readonly pid: number;
  /** Its stdin and stdout, when they were asked for. */
  readonly pipes: { readonly input: Writable; readonly output: Readable } | undefined;
  /** Resolves when it has ended, with what it ended with. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** Sends the signal, and SIGKILL when that did not end it in time (default 10,000 ms). Resolves when it is gone. */
  end(signal: NodeJS.Signals, withinMs?: number): Promise<void>;
}

/**
 * Starts a server that the kernel kills when its owner dies, even by SIGKILL: `setpriv --pdeathsig` asks for the signal
 * and then becomes the program. That survives exec but not a change of user, so the program must not change its user.
 * To be called from a process's main thread: the kernel watches the thread, not the process.
 */
export async function startOwned(start: ProcessStart): Promise<OwnedProcess> {
  const log = await open(start.log, 'a', 0o600);
  try {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', start.file, ...start.args], {
      cwd: start.cwd,
      env: {
        // An ordinary user's PATH on Debian leaves out the folders where servers are.
        PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`,
        LC_ALL: 'C.UTF-8',
        [labMarker]: start.labId,
        ...start.env,
      },
      // A process group of its own: a Ctrl-C at the terminal reaches the owner only, which ends its servers in order.
      detached: true,
      stdio: start.piped === true ? ['pipe', 'pipe', log.fd] : ['ignore', log.fd, log.fd],
    });
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        if (child.pid !== undefined) resolve(child.pid);
      });
    });
    const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
    const end = async (signal: NodeJS.Signals, withinMs = 10_000): Promise<void> => {
      if (!isAlive()) return;
      child.kill(signal);
      const inTime = new AbortController();
      await Promise.race([ended, sleep(withinMs, undefined, { signal: inTime.signal }).catch(() => undefined)]);
      inTime.abort();
      if (isAlive()) child.kill('SIGKILL');
      await ended;
    };
    const pipes =
      child.stdin === null || child.stdout === null ? undefined : { input: child.stdin, output: child.stdout };
    // A program that has just ended makes a write fail; its end is known from `ended`.
    pipes?.input.on('error', () => undefined);
    return { pid, pipes, ended, isAlive, end };
  } finally {
    await log.close();
  }
}
