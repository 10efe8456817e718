import type { Message } from './messages.ts';
import type { ConsentNeed } from './risk.ts';

/** What can be asked of the person at the terminal. Defaults are always "no"; end of input and Ctrl-C are no. */
export type Question =
  /** Go on with Enter. */
  | { readonly kind: 'continue'; readonly code: string; readonly text: string }
  /** y/N. */
  | { readonly kind: 'agree'; readonly code: string; readonly text: string }
  /** Type `need.typed` exactly. */
  | { readonly kind: 'type'; readonly code: string; readonly text: string; readonly need: ConsentNeed }
  /** Free text, at least one visible character: what a person did and saw. Empty means stop. */
  | { readonly kind: 'write'; readonly code: string; readonly text: string }
  /** One of several, none by default. */
  | {
      readonly kind: 'choose';
      readonly code: string;
      readonly text: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
    };

/** `closed`: end of input or the terminal went away · `interrupted`: Ctrl-C at the prompt. Both mean no. */
export type Answer =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'interrupted' };

/** Progress of long work; one line, rewritten on a terminal, printed every few seconds elsewhere. */
export interface Progress {
  /** What is going on, a few words. */
  readonly label: string;
  readonly done: number | null;
  readonly total: number | null;
  /** `messages`, `bytes`, `queues`, …; empty when `done` is null. */
  readonly unit: string;
  /** When this piece of work began, ms since the epoch: rate and ETA come from it. */
  readonly sinceMs: number;
}

/** Where a run talks to people or programs. Three of them: interactive, plain, json. */
export interface Host {
  readonly kind: 'interactive' | 'plain' | 'json';
  /** Whether a person can be asked: stdin and stderr are terminals and `--no-input` was not given. */
  readonly canAsk: boolean;
  /** Conversation: stderr (JSON lines on stdout for json). */
  say(message: Message): void;
  /** The command's result: stdout. */
  result(message: Message): void;
  /** Null ends the line. */
  progress(progress: Progress | null): void;
  /** Only when `canAsk`. */
  ask(question: Question): Promise<Answer>;
  /** Flushes what was written; the program may end afterwards. */
  close(): Promise<void>;
}
