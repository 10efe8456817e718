import { interrupted } from './consent.ts';
import { readingsFor, type Held } from './deciding.ts';
import { factToJson, type FactReadings } from './facts.ts';
import { isUnreachable } from './fault.ts';
import type { Run, RunEnd } from './run.ts';
import { problemOf } from './run-change.ts';
import type { Condition, RunbookStep } from './runbook.ts';

type Waiting = Extract<RunbookStep, { kind: 'wait' | 'check' }>;

/**
 * Carries a `wait` or `check` out: reads the facts until the condition holds or the limit is reached. A condition
 * over an unknown fact has not been met. Services that don't answer while waiting count as not met, too. A wait that
 * has become pointless (`unless`) ends early, and says so.
 */
export async function runWait(run: Run, step: Waiting): Promise<RunEnd | null> {
  const { host, deciding, stop } = run.setting;
  const clock = deciding.readers.clock;
  const since = clock.now();
  const limit = step.kind === 'wait' ? step.atMostMs : 0;
  let vainSince: number | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const { held, facts, asOf } = await look(run, step, step.that);
    if (held.known && held.holds) {
      host.progress(null);
      host.say({
        code: 'check.met',
        payload: { step: step.id, that: step.that.source, facts, ...(Object.keys(asOf).length === 0 ? {} : { asOf }) },
      });
      await run.record({ type: 'step.checked', step: step.id, met: true, facts, attempts });
      await run.record({ type: 'step.finished', step: step.id, outcome: 'verified' });
      return null;
    }
    const unless = step.kind === 'wait' ? step.unless : undefined;
    if (unless !== undefined) {
      const vain = await look(run, step, unless.that);
      if (!vain.held.known || !vain.held.holds) vainSince = null;
      else vainSince ??= clock.now();
      if (vainSince !== null && clock.now() - vainSince >= unless.forMs)
        return await unmet(run, step, { ...facts, ...vain.facts }, attempts, { ...unless, known: true });
    }
    if (clock.now() - since >= limit)
      return await unmet(run, step, facts, attempts, { otherwise: otherwiseOf(step, held), known: held.known });
    host.progress({
      label: `waiting until ${step.that.source}`,
      done: Math.round((clock.now() - since) / 1000),
      total: Math.round(limit / 1000),
      unit: 's',
      sinceMs: since,
    });
    try {
      await clock.sleep(step.kind === 'wait' ? Math.min(step.everyMs, limit) : 0, stop.signal);
    } catch {
      host.progress(null);
      return interrupted(step);
    }
  }
}

async function look(
  run: Run,
  step: Waiting,
  that: Condition,
): Promise<{ held: Held; facts: Record<string, ReturnType<typeof factToJson>>; asOf: Record<string, string> }> {
  let readings: FactReadings;
  try {
    readings = await readingsFor(run.setting.deciding, that.facts, run.state().started.plan.inputs);
  } catch (error) {
    if (step.kind === 'check' && !isUnreachable(error)) throw error;
    const why = problemOf(error).message;
    readings = Object.fromEntries(that.facts.map((name) => [name, { known: false as const, why }]));
  }
  const facts = Object.fromEntries(Object.entries(readings).map(([name, fact]) => [name, factToJson(fact)]));
  const asOf = Object.fromEntries(
    Object.entries(readings).flatMap(([name, fact]) =>
      fact.known && fact.asOf !== undefined ? [[name, fact.asOf]] : [],
    ),
  );
  return { held: run.setting.deciding.evaluate(that, readings), facts, asOf };
}

/** A check looks once: where that could not be answered, nothing is claimed of it. */
function otherwiseOf(step: Waiting, held: Held): string {
  return held.known || step.kind === 'wait'
    ? step.otherwise
    : `It could not be found out: ${held.why.replace(/\.$/, '')}.`;
}

async function unmet(
  run: Run,
  step: Waiting,
  facts: Record<string, ReturnType<typeof factToJson>>,
  attempts: number,
  { otherwise, known, next }: { readonly otherwise: string; readonly known: boolean; readonly next?: string },
): Promise<RunEnd | null> {
  const { host } = run.setting;
  const stops = step.unmet === 'stop';
  host.progress(null);
  host.say({
    code: 'check.unmet',
    payload: { step: step.id, that: step.that.source, facts, otherwise, stops, ...(known ? {} : { unknown: true }) },
  });
  await run.record({
    type: 'step.checked',
    step: step.id,
    met: false,
    facts,
    attempts,
    ...(next === undefined ? {} : { next }),
  });
  if (!stops) {
    await run.record({ type: 'step.finished', step: step.id, outcome: 'unverified' });
    return null;
  }
  const exit = run.state().effects === 0 ? 'blocked' : 'failed';
  return {
    exit,
    summary: `Step ${step.id}: ${otherwise}`,
    problems: [{ code: `check.${step.id}`, message: otherwise, where: step.that.source, exit, details: facts }],
    next: next === undefined ? [] : [`${next} --env ${run.state().started.plan.environment.name}`],
  };
}
