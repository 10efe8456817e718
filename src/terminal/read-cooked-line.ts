import { createInterface } from 'node:readline';
import type { LineAnswer } from './ask.ts';
import type { Terminal } from './terminal.ts';

/** One line on a terminal that moves no cursor: the terminal itself echoes and edits. Ctrl-C arrives as SIGINT. */
export function readCookedLine({ stdin, outlet }: Terminal, prompt: string, hangUp: AbortSignal): Promise<LineAnswer> {
  stdin.setRawMode?.(false);
  return new Promise((resolve) => {
    const reader = createInterface({ input: stdin, terminal: false });
    const finish = (answer: LineAnswer): void => {
      process.removeListener('SIGINT', interrupted);
      hangUp.removeEventListener('abort', closed);
      resolve(answer);
      reader.close();
      if (answer.kind !== 'line') outlet.write('\n');
    };
    const closed = (): void => finish({ kind: 'closed' });
    const interrupted = (): void => finish({ kind: 'interrupted' });
    process.once('SIGINT', interrupted);
    hangUp.addEventListener('abort', closed);
    reader.once('line', (text) => finish({ kind: 'line', text }));
    reader.on('error', closed);
    reader.once('close', closed);
    // Only now: who sees the prompt may press Ctrl-C at once.
    outlet.write(`${prompt} `);
    if (hangUp.aborted) closed();
  });
}
