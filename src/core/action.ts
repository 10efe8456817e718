import type { ZodType } from 'zod';
import type { Change } from './change.ts';
import type { Environment } from './environment.ts';
import type { FactType } from './facts.ts';
import type { StepOutputs } from './journal.ts';
import type { JsonObject } from './json.ts';
import type { Blocker } from './plan.ts';
import type { Readers } from './ports.ts';

/** What an action sees when it decides. */
export interface ActionContext {
  readonly environment: Environment;
  readonly readers: Readers;
  /** Outputs of the steps that have run; empty while planning. */
  readonly outputs: StepOutputs;
  /** Changes that earlier steps of the plan are going to make; empty while running (the world has them). */
  readonly ahead: readonly Change[];
  /** Changes that earlier steps of this run have made; empty while planning. */
  readonly made: readonly Change[];
  readonly signal: AbortSignal;
}

/** What an action decided. Empty `changes` and `blockers` mean that everything is already as it should be. */
export interface Decision {
  readonly changes: readonly Change[];
  readonly unchanged: readonly string[];
  readonly unknown: readonly string[];
  readonly notes: readonly string[];
  readonly blockers: readonly Blocker[];
}

/** What a lint of runbooks needs to know of an action, without its code. */
export interface ActionDeclaration {
  /** `vhost.capture`: what a runbook writes after `do`. */
  readonly verb: string;
  readonly help: string;
  /** Names and types of arguments; `?` at the end of a type makes it optional. `step` is `${steps.<id>.<output>}`. */
  readonly args: Readonly<Record<string, ActionArgType>>;
  /** Fact names, or prefixes ending in a dot, that carrying it out may change. */
  readonly affects: readonly string[];
  /** Fact names, or prefixes ending in a dot, that its changes depend on. */
  readonly reads: readonly string[];
  /**
   * Whether what it would change is the same from plan to run (`plan`), or depends on what always moves, such as
   * who is connected, and is decided again when it runs (`run`).
   */
  readonly settles: 'plan' | 'run';
  /** What `${steps.<id>.<name>}` gives after it ran. */
  readonly outputs: Readonly<Record<string, FactType>>;
}

export type ActionArgType = 'string' | 'string?' | 'bool?' | 'int?' | 'strings?' | 'step?';

/** A verb that a runbook may use. Looks through readers, returns data, changes nothing. */
export interface Action<Args = JsonObject> extends ActionDeclaration {
  readonly schema: ZodType<Args>;
  plan(args: Args, context: ActionContext): Promise<Decision>;
}

/** A decision with nothing in it, to be spread under what there is. */
export const nothing: Decision = { changes: [], unchanged: [], unknown: [], notes: [], blockers: [] };
