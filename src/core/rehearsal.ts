import type { ExitName } from './exit-codes.ts';

/** What is written down of a rehearsal while it goes on, in the order in which it happened. `at`: ms since the epoch. */
export type RehearsalRecord =
  | {
      readonly event: 'began';
      readonly at: number;
      readonly scenario: string;
      readonly environment: string;
      /** Label that its runs should have. */
      readonly incident: string;
      readonly auto: boolean;
      /** Flags that a command needs to mean this environment. */
      readonly suffix: string;
    }
  | { readonly event: 'broken'; readonly at: number; readonly fault: string; readonly evidence: string }
  /** A fault that could not be injected here. */
  | { readonly event: 'left-out'; readonly at: number; readonly fault: string; readonly why: string }
  | { readonly event: 'alerted'; readonly at: number }
  | { readonly event: 'hinted'; readonly at: number; readonly position: number }
  | RehearsedCommand
  /** The engineer said so. */
  | { readonly event: 'enough'; readonly at: number }
  /** `enough`: the engineer said so, or left · `given-up`: nothing more was left to try. */
  | { readonly event: 'ended'; readonly at: number; readonly how: 'healthy' | 'enough' | 'given-up' };

/** A command that ran against the environment of a rehearsal. */
export interface RehearsedCommand {
  readonly event: 'command';
  /** When it ended. */
  readonly at: number;
  readonly beganMs: number;
  /** Words of the command, without its options. */
  readonly command: string;
  readonly dryRun: boolean;
  readonly exit: ExitName;
  /** Run that it began or went on with; null: it began none. */
  readonly run: string | null;
  /** What a look found to act on; null: it was no look at the whole interface. */
  readonly saw: {
    /** Codes of the causes, first first. */
    readonly causes: readonly string[];
    /** Codes of everything. */
    readonly all: readonly string[];
  } | null;
  /** Codes of what was wrong with the command itself. */
  readonly problems: readonly string[];
}

/** Environment variable of a command that is not the engineer's own, and is not written down. */
export const unwitnessed = 'ESR_OPS_UNWITNESSED';
