import type { Change } from './change.ts';
import { interrupted } from './consent.ts';
import { Fault, type Problem } from './fault.ts';
import { outputsOf } from './fold.ts';
import { canonicalJson, type JsonObject } from './json.ts';
import type { Run, RunEnd, Verified } from './run.ts';
import { isFinal } from './settled-by.ts';

/**
 * Carries one approved change out: lock still held, intent on disk, effect, outcome on disk, proof. Returns null
 * to go on, or how the run ends. A change whose outcome is not known is asked of the world at once, and so is one that
 * was made by a process that ended before it was proved.
 */
export async function runChange(run: Run, step: string, index: number): Promise<RunEnd | null> {
  const { setting } = run;
  const entry = run.state().steps.get(step)?.changes[index];
  if (entry === undefined) return null;
  if (entry.state.is === 'applied') {
    const { unproved } = run.state();
    if (unproved?.cutOff !== true || unproved.step !== step || unproved.index !== index) return null;
    return await proveAgain(run, step, index, entry.change, entry.state.output);
  }
  if (entry.state.is === 'failed' && isFinal(entry.state.problem)) {
    const seen = await verifySafely(run, entry.change, null);
    // What was met may be over; otherwise a second try would only meet it again.
    if (seen.verdict === 'unknown') return endOf(step, stillSo(entry.state.problem, seen.evidence), 'failed');
    await run.record({ type: 'change.settled', step, index, by: 'evidence', ...seen });
    if (seen.verdict === 'applied') return null;
  }
  if (entry.state.is === 'open' || entry.state.is === 'unknown') {
    const settled = await settle(run, step, index, entry.change);
    if (settled !== 'again') return settled;
  }
  if (setting.stop.requested()) return interrupted({ id: step });
  const lost = await setting.lockLost();
  if (lost !== null) return lockLost(run, lost);
  await run.record({ type: 'change.intended', step, index, change: entry.change });
  setting.host.say({ code: 'change.started', payload: { step, index, change: entry.change } });
  try {
    const applied = await setting.applier.apply(entry.change, outputsOf(run.state()));
    await run.record({ type: 'change.applied', step, index, ...applied });
    return await prove(run, step, index, entry.change, applied.output);
  } catch (error) {
    return await failed(run, step, index, entry.change, error);
  }
}

async function prove(
  run: Run,
  step: string,
  index: number,
  change: Change,
  output: JsonObject,
): Promise<RunEnd | null> {
  const seen = await verifySafely(run, change, output);
  if (seen.verdict === 'applied') {
    const { verdict, evidence } = seen;
    const kept = { ...output, ...seen.output };
    // Later steps read what was seen, not what was promised: a vhost whose start was accepted may not be running.
    if (canonicalJson(kept) !== canonicalJson(output))
      await run.record({ type: 'change.settled', step, index, by: 'evidence', verdict, evidence, output: kept });
    run.setting.host.say({ code: 'change.applied', payload: { step, index, change, evidence } });
    return null;
  }
  return await notProved(run, step, index, change, seen, 'The change was made, and reading it back');
}

/** A change whose proof was cut off: others may have been here since, and the run must not go on from a guess. */
async function proveAgain(
  run: Run,
  step: string,
  index: number,
  change: Change,
  output: JsonObject,
): Promise<RunEnd | null> {
  const seen = await verifySafely(run, change, output);
  if (seen.verdict !== 'applied') {
    const made = 'The change was made, the run ended before it was proved, and reading it back now';
    const next = ['find out who was here: a resume makes the change again, as it was agreed to'];
    return await notProved(run, step, index, change, seen, made, next);
  }
  const { verdict, evidence } = seen;
  const kept = { ...output, ...seen.output };
  await run.record({ type: 'change.settled', step, index, by: 'evidence', verdict, evidence, output: kept });
  run.setting.host.say({ code: 'change.settled', payload: { step, index, change, verdict, evidence } });
  return null;
}

async function notProved(
  run: Run,
  step: string,
  index: number,
  change: Change,
  seen: Verified,
  made: string,
  next: readonly string[] = [],
): Promise<RunEnd> {
  const problem: Problem = {
    code: `${change.kind}.not-proved`,
    message: `${made} ${seen.verdict === 'unknown' ? 'was not possible' : 'shows something else'}: ${seen.evidence.join('; ')}`,
    where: `${step}, change ${index + 1}`,
    exit: seen.verdict === 'unknown' ? 'unknown' : 'failed',
    next,
    details: { evidence: seen.evidence },
  };
  return await endFailed(run, step, index, change, problem, seen.verdict !== 'unknown');
}

async function failed(run: Run, step: string, index: number, change: Change, error: unknown): Promise<RunEnd | null> {
  const problem = inEnvironment(problemOf(error), run);
  const certain = error instanceof Fault && !(isObject(problem.details) && problem.details['sent'] === true);
  if (problem.code.startsWith('journal.')) throw error;
  if (certain) return await endFailed(run, step, index, change, problem, true);
  await run.record({ type: 'change.failed', step, index, certain: false, problem });
  run.setting.host.say({ code: 'change.failed', payload: { step, index, change, certain: false, problem } });
  const settled = await settle(run, step, index, change);
  return settled === 'again' ? endOf(step, problem, 'failed') : settled;
}

async function endFailed(
  run: Run,
  step: string,
  index: number,
  change: Change,
  problem: Problem,
  certain: boolean,
): Promise<RunEnd> {
  await run.record({ type: 'change.failed', step, index, certain, problem });
  run.setting.host.say({ code: 'change.failed', payload: { step, index, change, certain, problem } });
  if (problem.exit === 'interrupted')
    return { ...interrupted({ id: step }), summary: `Interrupted at step ${step}: ${problem.message}` };
  return endOf(step, problem, certain ? 'failed' : 'unknown');
}

/**
 * Asks the world about a change whose intent is on disk and whose outcome is not. `again`: it is not there, so
 * it can be made; null: it is there. Unknown is put to the person with the evidence, or ends the run.
 */
async function settle(run: Run, step: string, index: number, change: Change): Promise<RunEnd | null | 'again'> {
  const { host } = run.setting;
  const seen = await verifySafely(run, change, null);
  await run.record({ type: 'change.settled', step, index, by: 'evidence', ...seen });
  host.say({
    code: 'change.settled',
    payload: { step, index, change, verdict: seen.verdict, evidence: seen.evidence },
  });
  if (seen.verdict === 'applied') return null;
  if (seen.verdict === 'not-applied') return 'again';
  const unknown = endOf(
    step,
    {
      code: `${change.kind}.unknown`,
      message: `Whether this change was made is not known: ${seen.evidence.join('; ')}`,
      where: step,
      exit: 'unknown',
    },
    'unknown',
  );
  if (!host.canAsk) return unknown;
  const answer = await host.ask({
    kind: 'choose',
    code: `settle.${step}`,
    text: 'Look for yourself, then say how it stands',
    options: [
      { value: 'not-applied', label: 'it was not made: make it now' },
      { value: 'applied', label: 'it was made: go on' },
      { value: 'stop', label: 'I do not know: stop here' },
    ],
  });
  if (answer.kind !== 'text' || (answer.text !== 'applied' && answer.text !== 'not-applied')) return unknown;
  await run.record({
    type: 'change.settled',
    step,
    index,
    verdict: answer.text,
    by: 'operator',
    evidence: ['the operator looked and decided'],
    output: seen.output,
  });
  return answer.text === 'applied' ? null : 'again';
}

async function verifySafely(run: Run, change: Change, output: JsonObject | null): Promise<Verified> {
  try {
    return await run.setting.applier.verify(change, outputsOf(run.state()), output);
  } catch (error) {
    return { verdict: 'unknown', evidence: [problemOf(error).message], output: {} };
  }
}

/** A thrown value as a problem; what is not a Fault is a bug and says so. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Fault) return error.problems[0];
  return {
    code: 'bug',
    message: `This should not happen: ${error instanceof Error ? error.message : String(error)}`,
    exit: 'failed',
    next: ['report it with the journal of this run'],
  };
}

/** Commands that are suggested name the environment: the configuration may have several. */
function inEnvironment(problem: Problem, run: Run): Problem {
  if (problem.next === undefined) return problem;
  const flag = ` --env ${run.state().started.plan.environment.name}`;
  return {
    ...problem,
    // A remark may stand behind the command.
    next: problem.next.map((line) =>
      line.startsWith('esr-ops ') && !line.includes(' --env ') ? line.replace(/(?= {3}\()|$/, flag) : line,
    ),
  };
}

function endOf(step: string, problem: Problem, exit: RunEnd['exit']): RunEnd {
  return {
    exit,
    summary: `Step ${step} ${exit === 'unknown' ? 'has an unknown outcome' : 'failed'}: ${problem.message}`,
    problems: [problem],
    next: problem.next ?? [],
  };
}

function stillSo(problem: Problem, evidence: readonly string[]): Problem {
  return { ...problem, message: `${problem.message} It still is so: ${evidence.join('; ')}.` };
}

function lockLost(run: Run, which: string): RunEnd {
  const untouched = run.state().effects === 0;
  const problem: Problem = {
    code: 'lock.lost',
    message: `${which} is no longer held, so nothing ${untouched ? 'was' : 'more is'} changed.`,
    exit: 'locked',
    next: untouched ? ['run the command again: it makes a new plan'] : ['esr-ops runs list'],
  };
  return { exit: 'locked', summary: problem.message, problems: [problem], next: [] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
