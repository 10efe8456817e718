/** What a fault takes away for good, whoever recovers from it, and however well. */
export const losses = ['messages', 'changes'] as const;

/** One of {@link losses}. */
export type Loss = (typeof losses)[number];

/** How one fault of the lab shows itself. */
export interface FaultTraits {
  /** Codes of findings by which `status` and `diagnose` name it. */
  readonly shownBy: readonly [string, ...string[]];
  readonly loses: readonly Loss[];
  /** How long the load must have run before it is injected, ms: long enough for messages to be on their way. */
  readonly loadMs: number;
}

/** A fault and the moment at which it is injected. */
export interface InjectedFault {
  /** Name of a fault of the lab. */
  readonly fault: string;
  /** Ms after the fault before it; of the first one: after the load began to flow. 0: at once. */
  readonly afterMs: number;
  /** Left out, and said to be, where the part of the lab that it breaks can't be had. */
  readonly optional: boolean;
}

/** What has to be true at the end, as counted outside the tool. */
export const endConditions = [
  /** `status` has nothing to act on. */
  'healthy',
  /** No message is lost, but by a fault that loses messages. */
  'messages-kept',
  /** No change of a row is lost, but by a fault that loses changes. */
  'changes-kept',
  /** As many changes arrived twice as the recovery had said before. */
  'twice-as-predicted',
  /** Of every load type that was due each Local Office has what it should have, once. */
  'loads-whole',
] as const;

/** One of {@link endConditions}. */
export type EndCondition = (typeof endConditions)[number];

/** One step of the way back. */
export interface RecoveryCommand {
  /** Without `esr-ops` and without flags of consent. `TIME` in it is a time shortly before the first fault. */
  readonly command: string;
  readonly does: string;
}

/** Something to rehearse, as `runbooks/scenarios.yaml` has it. */
export interface Scenario {
  readonly name: string;
  readonly meaning: string;
  /** In the order in which they are injected. */
  readonly faults: readonly [InjectedFault, ...InjectedFault[]];
  /** Parts of the lab that it needs besides those that its faults break. */
  readonly needs: readonly 'etl'[];
  /** Faults that `--fault` may put in the place of all of `faults`. */
  readonly instead: readonly string[];
  /** What the engineer is told, and by whom or what. */
  readonly alert: { readonly from: string; readonly text: string };
  /** From a nudge to the answer. */
  readonly hints: readonly [string, ...string[]];
  /** The way back, in order: what an unattended rehearsal falls back to where `diagnose` names no command. */
  readonly recovery: readonly [RecoveryCommand, ...RecoveryCommand[]];
  readonly end: readonly [EndCondition, ...EndCondition[]];
}

/** Everything that can be rehearsed. */
export interface Scenarios {
  /** By name of the fault: all that the lab has. */
  readonly faults: Readonly<Record<string, FaultTraits>>;
  readonly scenarios: readonly Scenario[];
}
