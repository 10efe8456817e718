import type { LineAnswer, ReadLine } from './ask.ts';
import { asciiOnly } from './ascii-only.ts';
import { discardTypeAhead } from './discard-type-ahead.ts';
import { readCookedLine } from './read-cooked-line.ts';
import { readEditedLine } from './read-edited-line.ts';
import type { Terminal } from './terminal.ts';

/**
 * Reads answers at a terminal. Each read first throws away what was typed before, so that no key meant for
 * something else approves anything; afterwards the terminal is as it was. Once the terminal is gone, every read
 * answers `closed`.
 */
export function createTerminalReader(terminal: Terminal): ReadLine {
  const { stdin, outlet, style } = terminal;
  let gone = false;
  let listening = false;
  return async (prompt) => {
    if (!listening) {
      // A hung-up terminal is reported as a read error; without a listener it would end the program.
      stdin.on('error', () => {
        gone = true;
      });
      listening = true;
    }
    if (gone) return { kind: 'closed' };
    const hangUp = new AbortController();
    const stop = (): void => {
      gone = true;
      hangUp.abort();
    };
    for (const event of ['end', 'close', 'error']) stdin.once(event, stop);
    // `on`, not `once`: prompts end the program on a signal that nobody else listens to any more.
    process.on('SIGHUP', stop);
    try {
      return await readAfterDiscarding(terminal, style.unicode ? prompt : asciiOnly(prompt), hangUp.signal);
    } finally {
      for (const event of ['end', 'close', 'error']) stdin.removeListener(event, stop);
      // A terminal that went away is reported by the kernel and by the shell: the second one must not end the program.
      if (!hangUp.signal.aborted) process.removeListener('SIGHUP', stop);
      if (stdin.isRaw === true) stdin.setRawMode?.(false);
      if (style.cursor && hangUp.signal.aborted) outlet.write('\u{1b}[?25h');
      stdin.pause();
    }
  };
}

async function readAfterDiscarding(terminal: Terminal, prompt: string, hangUp: AbortSignal): Promise<LineAnswer> {
  const { stdin, outlet, style } = terminal;
  const discarded = await discardTypeAhead(stdin, hangUp);
  if (discarded === 'closed' || discarded === 'interrupted') return { kind: discarded };
  if (discarded === 'some') outlet.write('(Keys pressed before the question were ignored.)\n');
  return style.cursor ? readEditedLine(terminal, prompt, hangUp) : readCookedLine(terminal, prompt, hangUp);
}
