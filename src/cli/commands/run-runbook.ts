import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { textOf, type Json, type JsonObject } from '../../core/json.ts';
import { consentNeeds, hasChanges, possibleSteps, type Blocker, type Plan } from '../../core/plan.ts';
import { makePlan } from '../../core/planner.ts';
import { requireConsent } from '../../core/consent.ts';
import type { Runbook } from '../../core/runbook.ts';
import type { Composition } from '../composition.ts';
import type { RunOptions } from '../invocation.ts';
import { readInputs } from '../inputs.ts';
import { givenFrom } from './given.ts';
import { labelOf } from './incident-label.ts';
import { runPlan } from './run-plan.ts';
import { scriptedCommand } from './scripted-command.ts';

/** A command that a runbook declares: plan; then show, or ask and carry out. */
export async function runRunbook(
  composition: Composition,
  runbook: Runbook,
  raw: Readonly<Record<string, unknown>>,
  options: RunOptions,
): Promise<ExitName> {
  if (options.out !== null && !options.dryRun)
    throw usage('--out keeps a plan instead of carrying it out: it wants --dry-run.', '--out');
  if (options.detailedExitcode && !options.dryRun)
    throw usage('--detailed-exitcode is about dry runs: it wants --dry-run.', '--detailed-exitcode');
  const deciding = await composition.deciding();
  const parse = await composition.parseInstant();
  givenFrom(options, runbook);
  labelOf(options);
  let inputs = readInputs(
    runbook,
    raw,
    (text) => deciding.resolve(text, (name) => (name.startsWith('env.') ? deciding.environmentValue(name) : null)),
    parse,
  );
  for (;;) {
    const plan = await makePlan(
      { runbook, inputs, version: composition.version, signal: composition.stop.signal },
      deciding,
    );
    if (plan.nothingToDo !== null) return nothingToDo(composition, plan);
    if (options.dryRun) return await showDryRun(composition, plan, runbook, options);
    composition.host.say({ code: 'plan.shown', payload: { plan } });
    warnOfIdleTokens(composition, plan, options);
    const blockers = firmBlockers(plan);
    if (blockers.length === 0) {
      requireConsent(plan, givenFrom(options, runbook), composition.host, options.reason);
      return await runPlan(composition, plan, runbook, options);
    }
    const remedied = await offerRemedies(composition, inputs, blockers);
    if (remedied === null) {
      const fault = blocked(blockers);
      composition.host.say({ code: 'run.refused', payload: { command: plan.command, problems: fault.problems } });
      throw fault;
    }
    inputs = remedied;
  }
}

/** A token that agrees to nothing in this plan is most likely a typing error, and is not passed over in silence. */
function warnOfIdleTokens(composition: Composition, plan: Plan, options: RunOptions): void {
  const needed = consentNeeds(plan).map((need) => need.token);
  for (const token of options.confirm.filter((given) => !needed.some((need) => need === given))) {
    const text = `--confirm ${token} agrees to nothing in this plan.${didYouMean(token, needed)}`;
    composition.host.say({ code: 'note', payload: { text } });
  }
}

function nothingToDo(composition: Composition, plan: Plan): ExitName {
  composition.host.result({ code: 'nothing.to-do', payload: { command: plan.command, why: plan.nothingToDo ?? '' } });
  return 'done';
}

async function showDryRun(
  composition: Composition,
  plan: Plan,
  runbook: Runbook,
  options: RunOptions,
): Promise<ExitName> {
  const { host } = composition;
  host.result({ code: 'plan.shown', payload: { plan } });
  const tokens = consentNeeds(plan).map((need) => need.token);
  const manual = possibleSteps(plan)
    .filter((step) => step.kind === 'manual')
    .map((step) => step.id);
  host.result({
    code: 'dry-run.ended',
    payload: { plan, tokens, manual, command: scriptedCommand(plan, runbook, tokens, composition.global) },
  });
  if (options.out !== null) {
    await composition.keepPlan(options.out, plan);
    host.result({ code: 'plan.kept', payload: { file: options.out, digest: plan.digest } });
  }
  if (firmBlockers(plan).length > 0) return 'blocked';
  return options.detailedExitcode && hasChanges(plan) ? 'changes' : 'done';
}

/** Blockers of steps that will or may run. A step that is only decided later blocks as well: nobody should start and get stuck. */
function firmBlockers(plan: Plan): readonly Blocker[] {
  return possibleSteps(plan).flatMap((step) => step.blockers);
}

/** At a terminal the way round a blocker can be chosen; elsewhere its flag is named. Null: none was chosen. */
async function offerRemedies(
  composition: Composition,
  inputs: JsonObject,
  blockers: readonly Blocker[],
): Promise<JsonObject | null> {
  const blocker = blockers.find((candidate) => candidate.remedies.length > 0);
  if (
    !composition.host.canAsk ||
    blocker === undefined ||
    blockers.some((candidate) => candidate.remedies.length === 0)
  )
    return null;
  const answer = await composition.host.ask({
    kind: 'choose',
    code: `remedy.${blocker.code}`,
    text: blocker.message,
    options: [
      ...blocker.remedies.map((remedy, index) => ({ value: String(index), label: `${remedy.label} (${remedy.flag})` })),
      { value: 'stop', label: 'stop here' },
    ],
  });
  const remedy = answer.kind === 'text' ? blocker.remedies[Number(answer.text)] : undefined;
  if (remedy === undefined) return null;
  return { ...inputs, [remedy.input]: merged(inputs[remedy.input], remedy.value) };
}

function merged(before: Json | undefined, added: Json): Json {
  return Array.isArray(added) && Array.isArray(before)
    ? [...(before as readonly Json[]), ...(added as readonly Json[])]
    : added;
}

function blocked(blockers: readonly Blocker[]): Fault {
  const [first, ...others] = blockers.map((blocker) => ({
    code: blocker.code,
    message: blocker.message,
    exit: 'blocked' as const,
    details: { items: blocker.items },
    next: blocker.remedies.flatMap((remedy) =>
      flagsOf(remedy.flag, remedy.value).map((flag) => `add ${flag}   (${remedy.label})`),
    ),
  }));
  if (first === undefined) throw new Error('a plan without blockers is not blocked');
  return new Fault(first, ...others);
}

function flagsOf(flag: string, value: Json): readonly string[] {
  if (value === true) return [flag];
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return [values.map((item) => `${flag} ${quoted(textOf(item))}`).join(' ')];
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function usage(message: string, where: string): Fault {
  return new Fault({ code: 'usage', message, where, exit: 'usage' });
}
