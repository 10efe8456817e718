import { randomUUID } from 'node:crypto';
import type { Decision } from './action.ts';
import { consentFor } from './change-consent.ts';
import type { Change } from './change.ts';
import { readingsFor, referenceLookup, type Deciding } from './deciding.ts';
import { factToJson, type FactReadings } from './facts.ts';
import { Fault } from './fault.ts';
import type { StepOutputs } from './journal.ts';
import { textOf, type Json, type JsonObject } from './json.ts';
import { planDigest, planSeal, type Plan, type PlannedStep, type StepDecision } from './plan.ts';
import type { Condition, Runbook, RunbookStep } from './runbook.ts';

/** What a plan is made for. */
export interface PlanRequest {
  readonly runbook: Runbook;
  /** Inputs with defaults filled in and types checked. */
  readonly inputs: JsonObject;
  readonly version: string;
  readonly signal: AbortSignal;
}

/** A fact that an earlier step of the plan may change, and which step that is. */
interface Moving {
  readonly prefix: string;
  readonly step: string;
}

/**
 * Reads the world and says what the runbook would do, step by step. Decides nothing that depends on an earlier
 * step's effect: such a step is `later`, and is decided again when it runs. Reads only.
 */
export async function makePlan(request: PlanRequest, deciding: Deciding): Promise<Plan> {
  const { runbook, inputs } = request;
  const facts = new Map<string, Json>();
  const read = async (condition: Condition) => {
    const readings = await readingsFor(deciding, condition.facts, inputs);
    for (const [name, fact] of Object.entries(readings)) {
      if (!name.startsWith('inputs.') && deciding.decides(name)) facts.set(name, factToJson(fact));
    }
    return readings;
  };
  await checkBefore(request, deciding, read);
  const target = textOf(deciding.resolve(runbook.target, referenceLookup(deciding, inputs)));
  const nothingToDo = await whyNothing(request, deciding, read);
  const steps = nothingToDo === null ? await planSteps(request, deciding, read) : [];
  const body = {
    format: 1 as const,
    tool: { name: 'esr-ops' as const, version: request.version },
    environment: {
      name: deciding.environment.name,
      protected: deciding.environment.protected,
      identity: deciding.readers.rabbit.identity,
    },
    command: runbook.command,
    runbook: { digest: runbook.digest, file: runbook.file },
    inputs,
    target,
    facts: Object.fromEntries([...facts].sort(([a], [b]) => (a < b ? -1 : 1))),
    nothingToDo,
    steps,
  };
  const plan = {
    ...body,
    id: randomUUID(),
    createdAt: new Date(deciding.readers.clock.now()).toISOString(),
    digest: planDigest(body),
  };
  return { ...plan, seal: planSeal(plan) };
}

type Read = (condition: Condition) => Promise<FactReadings>;

async function checkBefore({ runbook }: PlanRequest, deciding: Deciding, read: Read): Promise<void> {
  for (const check of runbook.before) {
    const held = deciding.evaluate(check.that, await read(check.that));
    if (held.known && held.holds) continue;
    throw new Fault({
      code: `before.${check.id}`,
      message: check.otherwise,
      where: `${runbook.command}, check ${check.id}: ${check.that.source}`,
      exit: check.exit,
      next: ['esr-ops config check'],
      ...(held.known ? {} : { details: { unknown: held.why } }),
    });
  }
}

async function whyNothing({ runbook }: PlanRequest, deciding: Deciding, read: Read): Promise<string | null> {
  if (runbook.needed === null) return null;
  const held = deciding.evaluate(runbook.needed.when, await read(runbook.needed.when));
  return held.known && !held.holds ? runbook.needed.otherwise : null;
}

async function planSteps(request: PlanRequest, deciding: Deciding, read: Read): Promise<PlannedStep[]> {
  const moving: Moving[] = [];
  const ahead: Change[] = [];
  const steps: PlannedStep[] = [];
  for (const step of request.runbook.steps) {
    const decision = await decideStep(step, deciding, read, moving);
    const planned = await planStep(step, decision, { request, deciding, moving, ahead });
    steps.push(planned);
    if (step.kind !== 'do' || decision.is === 'skip') continue;
    ahead.push(...planned.changes);
    if (planned.settled && planned.changes.length === 0) continue;
    moving.push(...deciding.action(step.verb).affects.map((prefix) => ({ prefix, step: step.id })));
  }
  return steps;
}

async function decideStep(
  step: RunbookStep,
  deciding: Deciding,
  read: Read,
  moving: readonly Moving[],
): Promise<StepDecision> {
  if (step.when === null) return { is: 'run', why: 'always' };
  const now = await read(step.when);
  const settled = Object.fromEntries(
    [...step.when.facts].map((name) => {
      const by = movedBy(name, moving);
      const fact = by === null ? now[name] : undefined;
      return [
        name,
        fact ?? {
          known: false as const,
          why: by === null ? `${name} is known when the step before has run` : `step ${by} may change ${name}`,
        },
      ];
    }),
  );
  const held = deciding.evaluate(step.when, settled);
  const why = `${step.when.source} (${step.when.facts.map((name) => `${name} is ${shown(settled[name])}`).join(', ')})`;
  if (!held.known)
    return { is: 'later', why: held.why, dependsOn: step.when.facts.filter((name) => settled[name]?.known !== true) };
  return held.holds ? { is: 'run', why } : { is: 'skip', why };
}

function shown(fact: FactReadings[string] | undefined): string {
  if (fact === undefined) return 'unknown';
  return fact.known ? String(fact.value) : `unknown (${fact.why})`;
}

interface StepWorld {
  readonly request: PlanRequest;
  readonly deciding: Deciding;
  readonly moving: readonly Moving[];
  readonly ahead: readonly Change[];
}

async function planStep(step: RunbookStep, decision: StepDecision, world: StepWorld): Promise<PlannedStep> {
  const shell = stepShell(step, decision);
  if (step.kind !== 'do') return shell;
  const args = resolveArgs(step, world.deciding, world.request.inputs);
  if (decision.is === 'skip') return { ...shell, args };
  const action = world.deciding.action(step.verb);
  const decided = await decide(step, args, world.deciding, {
    outputs: {},
    ahead: world.ahead,
    made: [],
    signal: world.request.signal,
  });
  const settled =
    decision.is === 'run' &&
    action.settles === 'plan' &&
    !action.reads.some((name) => world.moving.some((moved) => overlaps(moved.prefix, name)));
  return { ...shell, ...decided, args, settled, consent: consentOf(decided.changes) };
}

/** A step before anything is known of its changes. */
function stepShell(step: RunbookStep, decision: StepDecision): PlannedStep {
  return {
    id: step.id,
    title: step.title,
    kind: step.kind,
    risk: step.kind === 'do' || step.kind === 'manual' ? step.risk : 'routine',
    decision,
    settled: step.kind !== 'do' && decision.is !== 'later',
    verb: step.kind === 'do' ? step.verb : null,
    args: {},
    changes: [],
    unchanged: [],
    unknown: [],
    notes: [],
    consent: [],
    blockers: [],
    that: step.kind === 'wait' || step.kind === 'check' ? step.that.source : step.kind === 'manual' ? step.ask : null,
  };
}

/** Asks a step's action what it would do now. Used by the planner and, live, by the executor. */
export async function decide(
  step: Extract<RunbookStep, { kind: 'do' }>,
  args: JsonObject,
  deciding: Deciding,
  at: {
    readonly outputs: StepOutputs;
    readonly ahead: readonly Change[];
    readonly made: readonly Change[];
    readonly signal: AbortSignal;
  },
): Promise<Decision> {
  const action = deciding.action(step.verb);
  const parsed = action.schema.safeParse(args);
  if (!parsed.success) {
    throw new Fault({
      code: 'runbook.arguments',
      message: `Step ${step.id}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      where: step.verb,
      exit: 'usage',
    });
  }
  return action.plan(parsed.data, { environment: deciding.environment, readers: deciding.readers, ...at });
}

/** The step's arguments with every `${…}` resolved; references to step outputs stay markers. */
export function resolveArgs(
  step: Extract<RunbookStep, { kind: 'do' }>,
  deciding: Deciding,
  inputs: JsonObject,
): JsonObject {
  return deciding.resolve(step.with, referenceLookup(deciding, inputs)) as JsonObject;
}

/** Every named consent that the changes need, each once. */
export function consentOf(changes: readonly Change[]): PlannedStep['consent'] {
  const needs = changes.map(consentFor).filter((need) => need !== null);
  return [...new Map(needs.map((need) => [need.token, need])).values()];
}

function movedBy(name: string, moving: readonly Moving[]): string | null {
  return moving.findLast((moved) => overlaps(moved.prefix, name))?.step ?? null;
}

function overlaps(a: string, b: string): boolean {
  return a === b || (a.endsWith('.') && b.startsWith(a)) || (b.endsWith('.') && a.startsWith(b));
}
