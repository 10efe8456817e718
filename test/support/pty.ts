import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import type { Terminal as Screen } from '@xterm/headless';

// The package is CommonJS whose named exports Node does not see.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof Screen };

/** Keys that a person presses. */
export const keys = {
  enter: '\r',
  ctrlC: '\u{3}',
  ctrlD: '\u{4}',
  tab: '\t',
  backspace: '\u{7f}',
  up: '\u{1b}[A',
} as const;

/** How a program at a terminal ended. */
interface PtyExit {
  readonly code: number;
  /** Signal number, or 0. */
  readonly signal: number;
}

/** A program that runs at a real terminal, and the terminal's screen. */
export interface Pty {
  readonly pid: number;
  /** Waits until the transcript after the last match holds the text; fails with the screen after the limit. */
  waitFor(what: string | RegExp, atMostMs?: number): Promise<void>;
  /** Sends text as it is: no Enter. */
  type(text: string): void;
  key(key: keyof typeof keys): void;
  resize(columns: number, rows?: number): void;
  /** What a person sees now, trailing blanks removed. */
  screen(): Promise<string>;
  /** Everything the program wrote, escape sequences included. */
  transcript(): string;
  /** Closes the terminal, as when a window is closed: the program gets SIGHUP and end of input. */
  hangUp(): void;
  exit(atMostMs?: number): Promise<PtyExit>;
  /** Ends the program if it still runs. */
  kill(): void;
}

/** Starts an argv at a terminal of its own. */
export function startPty(
  argv: readonly [string, ...string[]],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly columns?: number;
    readonly rows?: number;
    readonly cwd?: string;
  } = {},
): Pty {
  const columns = options.columns ?? 80;
  const rows = options.rows ?? 40;
  const screen = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    name: options.env?.['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      ...options.env,
    },
  });
  let written = '';
  let seen = 0;
  let ended: PtyExit | null = null;
  child.onData((data) => {
    written += data;
    screen.write(data);
  });
  child.onExit(({ exitCode, signal }) => {
    ended = { code: exitCode, signal: signal ?? 0 };
  });
  const view = async (): Promise<string> => {
    await new Promise<void>((resolve) => screen.write('', resolve));
    const buffer = screen.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  };
  const until = async <T>(what: string, ask: () => T | null, atMostMs: number): Promise<T> => {
    const deadline = performance.now() + atMostMs;
    for (;;) {
      const answer = ask();
      if (answer !== null) return answer;
      if (performance.now() > deadline)
        throw new Error(`Waited ${atMostMs} ms for ${what}. The screen:\n${await view()}`);
      await sleep(10);
    }
  };
  return {
    pid: child.pid,
    async waitFor(what, atMostMs = 30_000) {
      seen = await until(String(what), () => endOf(written, seen, what), atMostMs);
    },
    type: (text) => child.write(text),
    key: (key) => child.write(keys[key]),
    resize(toColumns, toRows = rows) {
      screen.resize(toColumns, toRows);
      child.resize(toColumns, toRows);
    },
    screen: view,
    transcript: () => written,
    hangUp: () => (child as unknown as { destroy(): void }).destroy(),
    exit: (atMostMs = 30_000) => until('the program to end', () => ended, atMostMs),
    kill() {
      if (ended === null) child.kill('SIGKILL');
    },
  };
}

function endOf(written: string, from: number, what: string | RegExp): number | null {
  const rest = written.slice(from);
  if (typeof what === 'string') {
    const at = rest.indexOf(what);
    return at < 0 ? null : from + at + what.length;
  }
  const match = what.exec(rest);
  return match === null ? null : from + match.index + match[0].length;
}
