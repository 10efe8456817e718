import type { Change } from './change.ts';
import { digestOf, type Json, type JsonObject } from './json.ts';
import type { ConsentNeed, Risk } from './risk.ts';

/** Whether a step will run: known now, or only once earlier steps have been carried out. */
export type StepDecision =
  | { readonly is: 'run'; readonly why: string }
  | { readonly is: 'skip'; readonly why: string }
  | { readonly is: 'later'; readonly why: string; readonly dependsOn: readonly string[] };

/** Something that forbids the step, with what would lift it. */
export interface Blocker {
  readonly code: string;
  readonly message: string;
  /** Items in question, e.g. what a poorer capture lacks. */
  readonly items: readonly string[];
  /** Inputs that would lift it; a terminal offers them, a script is told the flag. */
  readonly remedies: readonly {
    readonly flag: string;
    readonly input: string;
    readonly value: Json;
    readonly label: string;
  }[];
}

/** One step of a plan. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly kind: 'do' | 'wait' | 'check' | 'manual';
  readonly risk: Risk;
  readonly decision: StepDecision;
  /** The changes are known for certain now; otherwise earlier steps still move what they depend on. */
  readonly settled: boolean;
  /** The action's verb and resolved arguments; only of `do`. */
  readonly verb: string | null;
  readonly args: JsonObject;
  /** What would change, as far as it is known now. */
  readonly changes: readonly Change[];
  /** What is already as it should be and would not change. */
  readonly unchanged: readonly string[];
  /** What can't be known before earlier steps have run, or can't be read at all. */
  readonly unknown: readonly string[];
  /** Remarks and warnings worth reading before agreeing. */
  readonly notes: readonly string[];
  readonly consent: readonly ConsentNeed[];
  readonly blockers: readonly Blocker[];
  /** Condition of `wait`/`check`, or the prose title of `manual`. */
  readonly that: string | null;
}

/** What a run is about to do, complete: shown by dry run, kept by `--out`, carried out by `apply`. */
export interface Plan {
  readonly format: 1;
  /** Random; a plan is used once, and this is what is marked as used. */
  readonly id: string;
  readonly createdAt: string;
  readonly tool: { readonly name: 'esr-ops'; readonly version: string };
  readonly environment: { readonly name: string; readonly protected: boolean; readonly identity: string };
  readonly command: string;
  readonly runbook: { readonly digest: string; readonly file: string };
  readonly inputs: JsonObject;
  /** What is locked while this plan runs, e.g. `vhost:esr`. */
  readonly target: string;
  /** Facts that decided something (vhost state, …); never depths or counters. */
  readonly facts: JsonObject;
  /** Null when the runbook has work to do; otherwise why there is nothing to do. */
  readonly nothingToDo: string | null;
  readonly steps: readonly PlannedStep[];
  /** SHA-256 over everything above that decides: equal digests mean the same plan for the same world. */
  readonly digest: string;
  /** SHA-256 over everything above, id and prose included: a plan file that was edited is refused. */
  readonly seal: string;
}

/** Seal of a plan: over all of it but the seal itself. */
export function planSeal(plan: Omit<Plan, 'seal'> & { readonly seal?: string }): string {
  return digestOf(Object.fromEntries(Object.entries(plan).filter(([name]) => name !== 'seal')) as JsonObject);
}

/** Digest over what decides, without the id and the time of planning. */
export function planDigest(
  plan: Omit<Plan, 'digest' | 'seal' | 'id' | 'createdAt'> & { id?: string; createdAt?: string },
): string {
  return digestOf({
    format: plan.format,
    tool: plan.tool,
    environment: plan.environment,
    command: plan.command,
    runbook: plan.runbook.digest,
    inputs: plan.inputs,
    target: plan.target,
    facts: plan.facts,
    nothingToDo: plan.nothingToDo !== null,
    steps: plan.steps.map((step) => decisive(step)),
  });
}

/** The part of a step that decides: prose, notes and what always moves are left out. */
export function decisive(step: PlannedStep): Json {
  return {
    id: step.id,
    decision: step.decision.is,
    settled: step.settled,
    risk: step.risk,
    verb: step.verb,
    args: step.args,
    changes: step.settled ? (step.changes as unknown as Json) : null,
    consent: step.consent.map((need) => need.token),
    blockers: step.blockers.map((blocker) => ({ code: blocker.code, items: blocker.items })),
  };
}

/** Steps that will or may run, in order. */
export function possibleSteps(plan: Plan): readonly PlannedStep[] {
  return plan.steps.filter((step) => step.decision.is !== 'skip');
}

/** Whether carrying the plan out would change anything at all, now or depending on earlier steps. */
export function hasChanges(plan: Plan): boolean {
  return plan.nothingToDo === null && possibleSteps(plan).some((step) => step.kind !== 'do' || step.changes.length > 0);
}

/** Every consent that a run of this plan could come to need, each once. */
export function consentNeeds(plan: Plan): readonly ConsentNeed[] {
  const needs = new Map(possibleSteps(plan).flatMap((step) => step.consent.map((need) => [need.token, need] as const)));
  return [...needs.values()];
}
