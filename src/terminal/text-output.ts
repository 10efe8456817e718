import type { Progress } from '../core/host.ts';
import type { Message } from '../core/messages.ts';
import type { Clock } from '../core/ports.ts';
import { layOut, type Line } from './lines.ts';
import { createProgressLine } from './progress-line.ts';
import { redactDeep } from './redact-deep.ts';
import type { TextChannel } from './text-channel.ts';
import { renderMessage } from './text.ts';

/** The text half of the interactive and the plain host. */
export interface TextOutput {
  say(message: Message): void;
  result(message: Message): void;
  progress(progress: Progress | null): void;
  /** Lines of a conversation that are no message: the words of a question. */
  print(lines: readonly Line[]): void;
  close(): Promise<void>;
}

/** Writes messages as text: conversation and progress to `err`, results to `out`. */
export function createTextOutput(options: {
  readonly out: TextChannel;
  readonly err: TextChannel;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  /** Whether one progress line may be rewritten in place. */
  readonly rewrite: boolean;
}): TextOutput {
  const { out, err, clock, redact, rewrite } = options;
  const line = createProgressLine({ channel: err, clock, redact, rewrite });
  const write = (channel: TextChannel, lines: readonly Line[]): void => {
    line.clear();
    const rows = layOut(lines, channel.style, redact);
    if (rows.length > 0) channel.outlet.write(`${rows.join('\n')}\n`);
  };
  const show = (channel: TextChannel, message: Message): void =>
    write(channel, renderMessage(redactDeep(message, redact), channel.style));
  return {
    say: (message) => show(err, message),
    result: (message) => show(out, message),
    progress: (progress) => line.show(progress),
    print: (lines) => write(err, lines),
    async close() {
      line.clear();
      await Promise.all([out.outlet.flush(), err.outlet.flush()]);
    },
  };
}
