import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Argv } from '../../core/host-machine.ts';
import { refuseNul } from './quote-posix.ts';

/** How a started process is watched. */
export interface Watching {
  readonly onOut: (chunk: Uint8Array) => void;
  readonly onErr: (chunk: Uint8Array) => void;
}

/** A process in a group of its own: Ctrl-C at the terminal reaches esr-ops, which decides, and not the process. */
export interface Spawned {
  /** Exit code (128 + number for a signal); rejects with the system's error when it can't be started. */
  readonly ended: Promise<number>;
  /** Writes to its standard input; a reader that has gone is no error. */
  write(data: string | Uint8Array): void;
  /** Ends its standard input. */
  end(data?: string | Uint8Array): void;
  /** Ends it and everything that it started: asked first, forced two seconds later. */
  stop(): void;
}

/** Starts a program without any shell. */
export function spawnArgv(argv: Argv, { onOut, onErr }: Watching): Spawned {
  for (const word of argv) refuseNul(word);
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdout.on('data', onOut);
  child.stderr.on('data', onErr);
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return {
    ended,
    write: (data) => void child.stdin.write(data),
    end: (data) => {
      if (data === undefined) child.stdin.end();
      else child.stdin.end(data);
    },
    stop: () => {
      signalGroup(child, 'SIGTERM');
      const force = setTimeout(() => {
        signalGroup(child, 'SIGKILL');
        // A grandchild in another group may hold the pipes open: no longer waited for.
        child.stdout.destroy();
        child.stderr.destroy();
      }, 2000);
      void ended.catch(() => undefined).finally(() => clearTimeout(force));
    },
  };
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
