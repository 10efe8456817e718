import { interrupted, obtainConsent } from './consent.ts';
import { readingsFor } from './deciding.ts';
import { madeChanges, outputsOf, type StepState } from './fold.ts';
import { consentOf, decide, resolveArgs } from './planner.ts';
import { canonicalJson, type Json } from './json.ts';
import type { PlannedStep } from './plan.ts';
import type { Run, RunEnd } from './run.ts';
import { runChange } from './run-change.ts';
import { runWait } from './run-wait.ts';
import type { RunbookStep } from './runbook.ts';
import { stopped, conclusion, finish } from './run-conclusion.ts';

/**
 * Runs the plan of a run from wherever its journal says it is, to an end. The same loop serves a new run and a
 * resumed one: what is finished is passed over, what is approved goes on from its journalled changes.
 */
export async function execute(run: Run): Promise<RunEnd> {
  const { setting } = run;
  const plan = run.state().started.plan;
  const remembered = setting.errors?.look() ?? null;
  for (const [position, planned] of plan.steps.entries()) {
    const step = setting.runbook.steps.find((candidate) => candidate.id === planned.id);
    const state = run.state().steps.get(planned.id);
    if (step === undefined || state === undefined) continue;
    if (state.is === 'skipped' || state.is === 'finished') continue;
    if (setting.stop.requested()) return await finish(run, interrupted(step));
    const end = await runStep(run, step, planned, state, position);
    if (remembered !== null && speaksOfErrors(run, step)) {
      await remembered;
      const shifts = (await setting.errors?.look()) ?? [];
      if (shifts.length > 0) setting.host.say({ code: 'step.errors', payload: { step: step.id, shifts } });
    }
    if (end !== null) return await finish(run, end);
  }
  return await finish(run, conclusion(run));
}

/** After what changes something for others, and after waiting for them. */
function speaksOfErrors(run: Run, step: RunbookStep): boolean {
  const state = run.state().steps.get(step.id);
  if (state === undefined || state.is === 'skipped') return false;
  if (step.kind === 'wait') return true;
  return step.kind === 'do' && step.risk !== 'routine' && state.changes.length > 0;
}

async function runStep(
  run: Run,
  step: RunbookStep,
  planned: PlannedStep,
  state: StepState,
  position: number,
): Promise<RunEnd | null> {
  const { host, deciding } = run.setting;
  const started = deciding.readers.clock.now();
  if (state.is === 'waiting') {
    const skipped = await whySkipped(run, step, planned);
    if (skipped !== null && 'exit' in skipped) return skipped;
    if (skipped !== null) {
      host.say({ code: 'step.skipped', payload: { step: step.id, title: step.title, why: skipped.why } });
      await run.record({ type: 'step.skipped', step: step.id, why: skipped.why });
      return null;
    }
  }
  host.say({
    code: 'step.started',
    payload: { step: planned, position: position + 1, of: run.state().started.plan.steps.length, prose: step.prose },
  });
  const end = await carryOut(run, step, planned, state);
  const outcome = run.state().steps.get(step.id)?.outcome;
  if (end === null && outcome != null) {
    host.say({
      code: 'step.finished',
      payload: { step: step.id, title: step.title, outcome, ms: deciding.readers.clock.now() - started },
    });
  }
  return end;
}

async function carryOut(run: Run, step: RunbookStep, planned: PlannedStep, state: StepState): Promise<RunEnd | null> {
  switch (step.kind) {
    case 'wait':
    case 'check':
      return await runWait(run, step);
    case 'manual':
      return await runManual(run, step);
    case 'do':
      return (state.is === 'waiting' ? await approve(run, step, planned) : null) ?? (await runChanges(run, step));
    default:
      return step satisfies never;
  }
}

/** Null: it runs. Otherwise why it is passed over, or the end of a run whose plan the world no longer fits. */
async function whySkipped(run: Run, step: RunbookStep, planned: PlannedStep): Promise<{ why: string } | RunEnd | null> {
  if (step.when === null) return null;
  const { deciding } = run.setting;
  const outputs = outputsOf(run.state());
  const readings = await readingsFor(deciding, step.when.facts, run.state().started.plan.inputs);
  const withOutputs = {
    ...readings,
    ...Object.fromEntries(
      step.when.facts.filter((name) => name.startsWith('steps.')).map((name) => [name, outputFact(name, outputs)]),
    ),
  };
  const held = deciding.evaluate(step.when, withOutputs);
  const values = step.when.facts.map((name) => `${name} is ${shown(withOutputs[name])}`).join(', ');
  if (!held.known) return stopped(run, `Step ${step.id} can't be decided: ${held.why}.`, 'step.undecided');
  if (held.holds === (planned.decision.is !== 'skip') || planned.decision.is === 'later')
    return held.holds ? null : { why: `${step.when.source} (${values})` };
  return stopped(
    run,
    `Step ${step.id} was planned to ${planned.decision.is === 'skip' ? 'be skipped' : 'run'}, and now ${step.when.source} says otherwise (${values}).`,
    'plan.stale',
  );
}

function outputFact(name: string, outputs: ReturnType<typeof outputsOf>) {
  const [, step = '', output = ''] = name.split('.');
  const value = outputs[step]?.[output];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? { known: true as const, value }
    : { known: false as const, why: `step ${step} gave no ${output}` };
}

function shown(fact: { known: boolean; value?: unknown; why?: string } | undefined): string {
  return fact === undefined ? 'unknown' : fact.known ? String(fact.value) : `unknown (${fact.why ?? ''})`;
}

/** Decides the step again in the world as it is now, gets consent for exactly that, and journals both as one record. */
async function approve(
  run: Run,
  step: Extract<RunbookStep, { kind: 'do' }>,
  planned: PlannedStep,
): Promise<RunEnd | null> {
  const { deciding, host, given, stop } = run.setting;
  const args = resolveArgs(step, deciding, run.state().started.plan.inputs);
  const decision = await decide(step, args, deciding, {
    outputs: outputsOf(run.state()),
    ahead: [],
    made: madeChanges(run.state()),
    signal: stop.signal,
  });
  if (decision.blockers.length > 0) {
    host.say({ code: 'step.blocked', payload: { step: step.id, blockers: decision.blockers } });
    return stopped(
      run,
      `Step ${step.id} is blocked: ${decision.blockers.map((blocker) => blocker.message).join(' ')}`,
      decision.blockers[0]?.code ?? 'step.blocked',
      'blocked',
    );
  }
  if (
    planned.settled &&
    canonicalJson(decision.changes as unknown as Json) !== canonicalJson(planned.changes as unknown as Json)
  ) {
    return stopped(
      run,
      `What step ${step.id} would change is no longer what was shown: the target changed since the plan was made.`,
      'plan.stale',
    );
  }
  host.say({
    code: 'step.planned',
    payload: { step: step.id, changes: decision.changes, unchanged: decision.unchanged, notes: decision.notes },
  });
  if (decision.changes.length === 0) {
    await run.record({ type: 'step.finished', step: step.id, outcome: 'nothing' });
    return null;
  }
  const consent = await obtainConsent(
    { ...planned, changes: decision.changes, consent: consentOf(decision.changes) },
    given,
    run.state().tokens,
    host,
  );
  if (!consent.given) return consent.end;
  await run.record({
    type: 'step.approved',
    step: step.id,
    changes: decision.changes,
    how: consent.how,
    tokens: consent.tokens,
  });
  if (consent.how !== 'none')
    host.say({ code: 'consent.given', payload: { step: step.id, how: consent.how, tokens: consent.tokens } });
  return null;
}

async function runChanges(run: Run, step: RunbookStep): Promise<RunEnd | null> {
  const state = run.state().steps.get(step.id);
  if (state?.is !== 'approved') return null;
  for (const index of state.changes.keys()) {
    const end = await runChange(run, step.id, index);
    run.setting.host.progress(null);
    if (end !== null) return end;
  }
  const outputs = outputsOf(run.state())[step.id] ?? {};
  const outcome = typeof outputs['unverified'] === 'string' ? 'unverified' : 'verified';
  await run.record({ type: 'step.finished', step: step.id, outcome });
  return null;
}

async function runManual(run: Run, step: Extract<RunbookStep, { kind: 'manual' }>): Promise<RunEnd | null> {
  const { host, given } = run.setting;
  host.say({ code: 'manual.instructions', payload: { step: step.id, title: step.title, prose: step.prose } });
  const did = given.did[step.id] ?? run.state().did[step.id];
  if (did !== undefined) {
    await run.record({ type: 'manual.recorded', step: step.id, saw: did, how: 'flag' });
    await run.record({ type: 'step.finished', step: step.id, outcome: 'verified' });
    return null;
  }
  if (!host.canAsk) {
    await run.record({ type: 'manual.recorded', step: step.id, saw: 'nobody said', how: 'assumed' });
    await run.record({ type: 'step.finished', step: step.id, outcome: 'unverified' });
    return null;
  }
  const answer = await host.ask({ kind: 'write', code: `manual.${step.id}`, text: step.ask });
  if (answer.kind === 'interrupted') return interrupted(step);
  if (answer.kind !== 'text') {
    return {
      exit: 'declined',
      summary: `Step ${step.id} is a person's, and nothing was written down for it.`,
      problems: [],
      next: [],
    };
  }
  await run.record({ type: 'manual.recorded', step: step.id, saw: answer.text, how: 'typed' });
  await run.record({ type: 'step.finished', step: step.id, outcome: 'verified' });
  return null;
}
