import type { ExitName } from './exit-codes.ts';
import type { Json } from './json.ts';

/** One thing that is wrong, in a form that a person and a script can both use. */
export interface Problem {
  /** Stable kebab-case code with its area first (`rabbitmq.unauthorised`); part of the contract with scripts. */
  readonly code: string;
  /** What happened, to what: one or two sentences, naming the thing. Holds no secret. */
  readonly message: string;
  /** Where: `file:line:column`, a URL without credentials, a vhost, a flag. */
  readonly where?: string;
  /** What to type or do next, most useful first. */
  readonly next?: readonly string[];
  /** Machine-readable evidence. Holds no secret. */
  readonly details?: Json;
  /** Exit code that the program ends with when nothing else decides. */
  readonly exit: ExitName;
}

/**
 * The error that esr-ops throws on purpose. All faults of one input travel together in `problems` (at least one).
 * Anything else that is thrown is a bug and is reported as one.
 */
export class Fault extends Error {
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(first: Problem, ...others: Problem[]) {
    super([first, ...others].map((problem) => problem.message).join('\n'));
    this.name = 'Fault';
    this.problems = [first, ...others];
  }

  /** The exit code name of the first problem: the one that is worst comes first by convention. */
  get exit(): ExitName {
    return this.problems[0].exit;
  }
}

/** Whether an error says that the thing could not be reached at all (so nothing can have been changed by it). */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Fault && error.exit === 'unreachable';
}
