import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { canonicalJson } from '../../core/json.ts';
import { decisive, type Plan } from '../../core/plan.ts';
import { makePlan } from '../../core/planner.ts';
import type { Composition } from '../composition.ts';
import type { RunOptions } from '../invocation.ts';
import { runPlan } from './run-plan.ts';

/** `apply PLAN`: exactly the plan of the file, once, and only while the world is as it was when it was made. */
export async function applyPlan(composition: Composition, file: string, options: RunOptions): Promise<ExitName> {
  const plan = await composition.readPlan(file);
  const environment = await composition.environment();
  const runbook = await composition.runbookOf(plan.command);
  const stale = (message: string) => staleFault(message, file, plan);
  if (plan.environment.name !== environment.name)
    throw stale(`The plan is for environment ${plan.environment.name}, not ${environment.name}.`);
  if (plan.tool.version !== composition.version)
    throw stale(`The plan was made by version ${plan.tool.version}, and this is ${composition.version}.`);
  if (runbook?.digest !== plan.runbook.digest)
    throw stale(`The runbook of ${plan.command} is not the one that the plan was made from.`);
  if (await composition.planSpent(plan)) throw stale('The plan was carried out before; a plan is used once.');
  const deciding = await composition.deciding();
  if (plan.environment.identity !== deciding.readers.rabbit.identity)
    throw stale(`The plan is for the broker ${plan.environment.identity}, not ${deciding.readers.rabbit.identity}.`);
  const now = await makePlan(
    { runbook, inputs: plan.inputs, version: composition.version, signal: composition.stop.signal },
    deciding,
  );
  if (now.digest !== plan.digest)
    throw stale(`The target is no longer as it was when the plan was made: ${whatChanged(plan, now)}.`);
  if (plan.nothingToDo !== null) {
    composition.host.result({ code: 'nothing.to-do', payload: { command: plan.command, why: plan.nothingToDo } });
    return 'done';
  }
  composition.host.say({ code: 'plan.shown', payload: { plan } });
  return await runPlan(composition, plan, runbook, options);
}

function whatChanged(plan: Plan, now: Plan): string {
  const facts = [...new Set([...Object.keys(plan.facts), ...Object.keys(now.facts)])].filter(
    (name) => canonicalJson(plan.facts[name] ?? null) !== canonicalJson(now.facts[name] ?? null),
  );
  if (facts.length > 0)
    return facts
      .map(
        (name) =>
          `${name} was ${canonicalJson(plan.facts[name] ?? null)} and is ${canonicalJson(now.facts[name] ?? null)}`,
      )
      .join('; ');
  const steps = now.steps.filter((step, index) => {
    const before = plan.steps[index];
    return before === undefined || canonicalJson(decisive(before)) !== canonicalJson(decisive(step));
  });
  return steps.length > 0
    ? `what these steps would do differs: ${steps.map((step) => step.id).join(', ')}`
    : 'its facts differ';
}

function staleFault(message: string, file: string, plan: Plan): Fault {
  return new Fault({
    code: 'plan.stale',
    message,
    where: file,
    exit: 'stale',
    next: [`esr-ops ${plan.command} --env ${plan.environment.name} --dry-run --out NEW.json`],
  });
}
