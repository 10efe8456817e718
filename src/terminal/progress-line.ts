import type { Progress } from '../core/host.ts';
import type { Clock } from '../core/ports.ts';
import { visible } from '../core/visible.ts';
import { asciiOnly } from './ascii-only.ts';
import { progressText } from './progress-text.ts';
import type { TextChannel } from './text-channel.ts';
import { columnsOf } from './wrap.ts';

const rewriteEveryMs = 100;
const printEveryMs = 5000;

/** One progress line: rewritten in place, or printed now and then. */
export interface ProgressLine {
  show(progress: Progress | null): void;
  /** Takes the line off the screen, before anything else is written. */
  clear(): void;
}

/** A progress line on a channel. Without rewriting, work of under five seconds prints nothing. */
export function createProgressLine(options: {
  readonly channel: TextChannel;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly rewrite: boolean;
}): ProgressLine {
  const { channel, clock, redact, rewrite } = options;
  let onScreen = false;
  let shown: { readonly work: string; readonly at: number } | null = null;
  const clear = (): void => {
    if (!onScreen) return;
    onScreen = false;
    channel.outlet.write('\r\u{1b}[2K');
  };
  return {
    clear,
    show(progress) {
      if (progress === null) {
        shown = null;
        clear();
        return;
      }
      const now = clock.now();
      const work = `${progress.label}\n${progress.sinceMs}`;
      const last = shown?.work === work ? shown.at : rewrite ? -Infinity : progress.sinceMs;
      if (now - last < (rewrite ? rewriteEveryMs : printEveryMs)) return;
      shown = { work, at: now };
      const seen = visible(redact(progressText(progress, now)));
      const text = channel.style.unicode ? seen : asciiOnly(seen);
      if (!rewrite) {
        channel.outlet.write(`${text}\n`);
        return;
      }
      channel.outlet.write(`\r\u{1b}[2K${cut(text, channel.style.width() - 1)}`);
      onScreen = true;
    },
  };
}

/** A line that wraps can't be rewritten, so it is cut to the width. */
function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let row = '';
  for (const char of text) {
    if (columnsOf(row + char) > width - 1) break;
    row += char;
  }
  return `${row}~`;
}
