import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How a load program is told what to do while it runs. */
export interface ProgramControl {
  /** Aborted at `stop`, and when the input ends: the owner is gone then. */
  readonly stopped: AbortSignal;
  /** Whether traffic is held. */
  frozen(): boolean;
  /** What has to be waited for before a freeze is reported; set by the program. */
  onFreeze(settle: () => Promise<void>): void;
  /** What happens at a thaw; set by the program. */
  onThaw(resume: () => void): void;
}

/** A program's input: its configuration (first line, JSON) and then `freeze`, `thaw` and `stop`, a line each. */
export interface ProgramInput {
  readonly config: unknown;
  readonly control: ProgramControl;
}

/**
 * Reads the configuration from the first line and obeys the lines after it. Each command is answered with its name
 * once it has been carried out.
 */
export function readProgramInput(input: Readable, reply: (line: string) => void): Promise<ProgramInput> {
  const stop = new AbortController();
  let frozen = false;
  let settle = (): Promise<void> => Promise.resolve();
  let resume = (): void => undefined;
  const control: ProgramControl = {
    stopped: stop.signal,
    frozen: () => frozen,
    onFreeze: (work) => {
      settle = work;
    },
    onThaw: (work) => {
      resume = work;
    },
  };

  const obey = async (command: string): Promise<void> => {
    switch (command) {
      case 'freeze':
        frozen = true;
        await settle();
        break;
      case 'thaw':
        frozen = false;
        resume();
        break;
      case 'stop':
        stop.abort();
        break;
      default:
        reply(`unknown command ${command}`);
        return;
    }
    reply(command);
  };

  return new Promise((resolve, reject) => {
    let started = false;
    const lines = createInterface({ input });
    lines.on('line', (line) => {
      if (started) {
        void obey(line.trim());
        return;
      }
      started = true;
      try {
        resolve({ config: JSON.parse(line) as unknown, control });
      } catch {
        reject(new Error('the first line is not JSON'));
      }
    });
    lines.on('close', () => {
      stop.abort();
      if (!started) reject(new Error('no configuration on standard input'));
    });
  });
}
