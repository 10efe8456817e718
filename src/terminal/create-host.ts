import type { Host } from '../core/host.ts';
import type { Clock } from '../core/ports.ts';
import { createAsker } from './ask.ts';
import { cannotAsk } from './cannot-ask.ts';
import { createJsonHost } from './json-host.ts';
import { createOutlet, type OutputStream } from './outlet.ts';
import { createStyle } from './style.ts';
import { createTerminalReader } from './terminal-reader.ts';
import type { InputStream } from './terminal.ts';
import { createTextOutput } from './text-output.ts';

/** Where the program runs and how it was asked to speak. */
export interface HostOptions {
  readonly output: 'text' | 'json';
  /** False with `--no-input`: nobody is asked, even at a terminal. */
  readonly input: boolean;
  readonly color: 'auto' | 'never';
  /** The process's own streams, or doubles of them. */
  readonly streams: { readonly stdin: InputStream; readonly stdout: OutputStream; readonly stderr: OutputStream };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** IANA zone shown beside UTC. */
  readonly timezone: string;
  /** Replaces known secrets in a text by `[secret]`. Every text that leaves passes it. */
  readonly redact: (text: string) => string;
  readonly version: string;
}

/**
 * The host for where the program runs: json when asked for; interactive when stdin and stderr are terminals and
 * asking is allowed; else plain. On a terminal that moves no cursor (`TERM=dumb`) it is interactive too, with
 * line-by-line questions and append-only progress.
 */
export function createHost(options: HostOptions): Host {
  const { streams, color, env, timezone, clock, redact } = options;
  const out = createOutlet(streams.stdout);
  const err = createOutlet(streams.stderr);
  if (options.output === 'json') return createJsonHost({ out, err, clock, redact, version: options.version });
  const outStyle = createStyle({ stream: streams.stdout, color, env, timezone });
  const errStyle = createStyle({ stream: streams.stderr, color, env, timezone });
  const canAsk = options.input && streams.stdin.isTTY === true && streams.stderr.isTTY === true;
  const text = createTextOutput({
    out: { outlet: out, style: outStyle },
    err: { outlet: err, style: errStyle },
    clock,
    redact,
    rewrite: canAsk && errStyle.cursor,
  });
  const reader = createTerminalReader({ stdin: streams.stdin, stderr: streams.stderr, outlet: err, style: errStyle });
  return {
    kind: canAsk ? 'interactive' : 'plain',
    canAsk,
    say: (message) => text.say(message),
    result: (message) => text.result(message),
    progress: (progress) => text.progress(progress),
    ask: canAsk ? createAsker({ read: reader, print: (lines) => text.print(lines), redact }) : cannotAsk,
    close: () => text.close(),
  };
}
