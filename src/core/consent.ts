import { wantsReason } from './change-consent.ts';
import { Fault, type Problem } from './fault.ts';
import type { Host } from './host.ts';
import type { ConsentHow } from './journal.ts';
import { consentNeeds, possibleSteps, type Plan, type PlannedStep } from './plan.ts';
import type { Given, RunEnd } from './run.ts';
import { typedWord } from './typed-command.ts';

/**
 * Refuses a run that nobody can be asked about unless every consent that it could come to need was given
 * beforehand. Called before the first effect; names each flag that is missing.
 */
export function requireConsent(plan: Plan, given: Given, host: Host, reason: string | null): void {
  const missing: Problem[] = [];
  if (plan.environment.protected && reason === null) {
    missing.push(
      lacking(`Environment ${plan.environment.name} is protected: say why with --reason.`, '--reason "..."'),
    );
  }
  if (reason === null && plan.steps.some((step) => step.changes.some(wantsReason)))
    missing.push(lacking('A sign-off says why: --reason is missing.', '--reason "..."'));
  if (!host.canAsk) {
    if (!given.yes && possibleSteps(plan).length > 0) {
      missing.push(
        lacking('There is no terminal to ask at, and no terminal means no consent: --yes is missing.', '--yes'),
      );
    }
    for (const need of consentNeeds(plan)) {
      if (given.confirm.includes(need.token)) continue;
      const flag = `--confirm ${need.token}`;
      missing.push(
        lacking(
          `Consent is missing for this: ${need.effect.replace(/\.$/, '')}. --yes does not cover it; ${flag} does.`,
          flag,
        ),
      );
    }
  }
  const [first, ...others] = missing;
  if (first !== undefined) throw new Fault(first, ...others);
}

function lacking(message: string, flag: string): Problem {
  return {
    code: 'consent.missing',
    message,
    where: flag,
    exit: 'declined',
    next: [`add ${flag}`, 'the same command with --dry-run changes nothing and prints each flag that a script needs'],
  };
}

/** Consent for one step as it is about to run: either how it was given, or how the run ends. */
export type Consent =
  | { readonly given: true; readonly how: ConsentHow; readonly tokens: readonly string[] }
  | { readonly given: false; readonly end: RunEnd };

/** Asks for, or finds among what was given, the consent that the step's risk and its named effects want. */
export async function obtainConsent(
  step: PlannedStep,
  given: Given,
  known: readonly string[],
  host: Host,
): Promise<Consent> {
  const tokens = [...given.confirm, ...known];
  const named: string[] = [];
  let how: ConsentHow = 'none';
  for (const need of step.consent) {
    if (tokens.includes(need.token)) {
      named.push(need.token);
      how = 'flag';
      continue;
    }
    if (!host.canAsk)
      return refused(step, `--confirm ${need.token} was not given`, [`add --confirm ${typedWord(need.token)}`]);
    const answer = await host.ask({
      kind: 'type',
      code: `consent.${step.id}`,
      text: `${need.effect}. Type ${need.typed} to go on`,
      need,
    });
    if (answer.kind === 'interrupted') return { given: false, end: interrupted(step) };
    if (answer.kind !== 'text' || answer.text !== need.typed)
      return refused(step, `${need.typed} was not typed`, [
        `at a terminal type ${need.typed}; in a script add --confirm ${typedWord(need.token)}`,
      ]);
    named.push(need.token);
    how = 'typed';
  }
  if (step.consent.length > 0) return { given: true, how, tokens: named };
  if (given.yes) return { given: true, how: 'yes', tokens: [] };
  if (!host.canAsk) return refused(step, '--yes was not given and there is no terminal to ask at', ['add --yes']);
  const kind = step.risk === 'routine' ? 'continue' : 'agree';
  const answer = await host.ask({ kind, code: `consent.${step.id}`, text: step.title });
  if (answer.kind === 'interrupted') return { given: false, end: interrupted(step) };
  if (answer.kind !== 'yes')
    return refused(step, answer.kind === 'closed' ? 'the terminal was closed, which means no' : 'the answer was no', [
      'add --yes to agree to routine and disruptive steps beforehand',
    ]);
  return { given: true, how: kind === 'continue' ? 'enter' : 'yes', tokens: [] };
}

function refused(step: PlannedStep, why: string, next: readonly string[]): Consent {
  return {
    given: false,
    end: {
      exit: 'declined',
      summary: `Step ${step.id} was not agreed to: ${why}. It changed nothing.`,
      problems: [
        { code: 'consent.declined', message: `Step ${step.id}: ${why}.`, where: step.id, exit: 'declined', next },
      ],
      next: [],
    },
  };
}

/** How a run ends that was interrupted at a prompt or between two changes. */
export function interrupted(step: Pick<PlannedStep, 'id'>): RunEnd {
  return {
    exit: 'interrupted',
    summary: `Interrupted at step ${step.id}, between two changes.`,
    problems: [],
    next: [],
  };
}
