/**
 * How much a step can hurt, which decides the consent it needs:
 * `routine` goes on with Enter or `--yes`; `disruptive` asks y/N or takes `--yes`; `destructive` wants the
 * target's name typed, or its token with `--confirm`, and is never covered by `--yes`.
 */
export type Risk = 'routine' | 'disruptive' | 'destructive';

/** One destructive effect that was or must be consented to, e.g. `recreate:esr`. Verb, colon, target. */
export type ConsentToken = `${string}:${string}`;

/** A token together with what a person must type at a prompt for it (the target's name). */
export interface ConsentNeed {
  readonly token: ConsentToken;
  /** The text to type, exactly: usually the target. */
  readonly typed: string;
  /** What is agreed to, in one sentence. */
  readonly effect: string;
}
