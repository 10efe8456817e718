import type { ExitName } from './exit-codes.ts';
import type { FactType } from './facts.ts';
import type { JsonObject } from './json.ts';
import type { Risk } from './risk.ts';

/** An input of a runbook: becomes a flag `--name` of its command. */
export interface RunbookInput {
  readonly name: string;
  /**
   * `flag` is a boolean switch; `strings` is a repeatable option; `instant` is a time (RFC 3339 with offset, …);
   * `place` is a time or a place of the binlog, FILE:OFFSET.
   */
  readonly type: 'string' | 'int' | 'flag' | 'strings' | 'instant' | 'place';
  /** Default as written: a literal or a `${env.…}` reference; null when there is none. */
  readonly default: string | number | boolean | null;
  readonly required: boolean;
  /** Given as a word after the command instead of as a flag: `vhost restore DRAIN`. */
  readonly argument: boolean;
  readonly help: string;
}

/** How two values of one type are compared; strings and booleans with `==` and `!=` only. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A checked condition as data, so that it can be evaluated and put into words without a CEL parser. */
export type ConditionAst =
  | { readonly op: 'ref'; readonly name: string; readonly type: FactType }
  /** Numbers are whole and safe. */
  | { readonly op: 'literal'; readonly value: boolean | number | string }
  | { readonly op: 'compare'; readonly is: Comparison; readonly left: ConditionAst; readonly right: ConditionAst }
  | { readonly op: 'and' | 'or'; readonly left: ConditionAst; readonly right: ConditionAst }
  | { readonly op: 'not'; readonly of: ConditionAst };

/** A condition of the front matter: CEL source, where it stands, and the facts it names. */
export interface Condition {
  readonly source: string;
  /** `file:line:column` of its first character. */
  readonly where: string;
  /** Fact names (`vhost.state`, `inputs.since`, …) that the condition refers to. */
  readonly facts: readonly string[];
  /** What is evaluated: type-checked, and always of type bool. */
  readonly ast: ConditionAst;
}

export interface RunbookCheck {
  readonly id: string;
  readonly that: Condition;
  readonly otherwise: string;
  /** Exit code when it doesn't hold. Default blocked. */
  readonly exit: ExitName;
}

/** What makes a wait pointless: it ends early where this was so in every look for a while. */
export interface InVain {
  readonly that: Condition;
  /** How long it must have been so without a break, in milliseconds: what is restarted by itself is waited for. */
  readonly forMs: number;
  /** Said instead of the wait's own `otherwise`. */
  readonly otherwise: string;
  /** The command to type next, without the environment's flag. */
  readonly next: string;
}

interface StepCommon {
  readonly id: string;
  /** Text of the step's `## id — Title` heading after the id, or the id itself. */
  readonly title: string;
  /** Null: always. */
  readonly when: Condition | null;
  /** The section's Markdown under the step's heading. */
  readonly prose: string;
}

/** One step of a runbook. */
export type RunbookStep =
  | (StepCommon & {
      readonly kind: 'do';
      readonly verb: string;
      readonly risk: Risk;
      /** `${…}` references not yet resolved. */ readonly with: JsonObject;
    })
  | (StepCommon & {
      readonly kind: 'wait';
      readonly that: Condition;
      readonly everyMs: number;
      readonly atMostMs: number;
      readonly otherwise: string;
      /** What an unmet wait means. */ readonly unmet: 'stop' | 'unverified';
      /** Left out: it waits to its limit. */ readonly unless?: InVain;
    })
  | (StepCommon & {
      readonly kind: 'check';
      readonly that: Condition;
      readonly otherwise: string;
      readonly unmet: 'stop' | 'unverified';
    })
  | (StepCommon & {
      readonly kind: 'manual';
      readonly risk: Risk;
      /** What the person is asked to write down. */ readonly ask: string;
    });

/** A checked runbook. */
export interface Runbook {
  /** `recover vhost`: the command it declares. */
  readonly command: string;
  readonly summary: string;
  readonly examples: readonly { readonly run: string; readonly does: string }[];
  readonly inputs: readonly RunbookInput[];
  /** Names of inputs of which exactly one must be given; left out: there are none. */
  readonly exactlyOne?: readonly string[];
  /** What is locked while it runs, with `${…}`: `vhost:${inputs.vhost}`. */
  readonly target: string;
  /** Work is needed when this holds; null: always. */
  readonly needed: { readonly when: Condition; readonly otherwise: string } | null;
  readonly before: readonly RunbookCheck[];
  readonly steps: readonly RunbookStep[];
  /** Markdown before the first step heading (after the title). */
  readonly intro: string;
  /** File name, and SHA-256 of its bytes: pinned to each run. */
  readonly file: string;
  readonly digest: string;
}
