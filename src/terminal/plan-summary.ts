import { consentNeeds, possibleSteps, type Plan, type PlannedStep } from '../core/plan.ts';
import { foldList, foldWords } from './fold-list.ts';
import { indented, toned, type Line } from './lines.ts';
import { labelled } from './problem-text.ts';
import type { Style } from './style.ts';
import { plural } from './value-words.ts';

/** A plan of so few steps is read at a glance. */
const shortPlan = 3;

/**
 * What a long plan comes to, said before its steps: what changes for certain and what only perhaps, what of it is
 * destructive and to what, what a person does, what can't be known yet, and what blocks. Nothing for a short one.
 */
export function summaryLines(plan: Plan, style: Style): readonly Line[] {
  if (plan.nothingToDo !== null || plan.steps.length <= shortPlan) return [];
  const steps = possibleSteps(plan);
  const acting = steps.filter(({ kind }) => kind === 'do');
  const certain = acting.filter(({ decision, changes }) => decision.is === 'run' && changes.length > 0);
  const perhaps = acting.filter((step) => !certain.includes(step) && mayChange(step));
  const manual = steps.filter(({ kind }) => kind === 'manual');
  const unknown = steps.filter((step) => step.unknown.length > 0);
  const destructive = namesOfDestructive(plan, [...certain, ...perhaps]);
  const count = `${certain.length} of ${plural(plan.steps.length, 'step')}`;
  const when = perhaps.length === 1 ? 'decided when it runs' : 'decided when they run';
  return [
    labelled(2, 'changes    ', certain.length === 0 ? 'nothing for certain' : `${count}: ${namesOf(certain)}`),
    ...(perhaps.length === 0
      ? []
      : [labelled(2, 'perhaps    ', `${perhaps.length} more, ${when}: ${namesOf(perhaps)}`)]),
    destructive.length === 0 ? labelled(2, 'destructive', 'nothing') : badRow('destructive', foldWords(destructive)),
    ...(manual.length === 0 ? [] : [labelled(2, 'by hand    ', namesOf(manual))]),
    ...(unknown.length === 0 ? [] : [labelled(2, 'not known  ', `something of ${namesOf(unknown)}, as is said there`)]),
    ...blockedLines(steps, style),
  ];
}

function mayChange({ changes, settled, unknown }: PlannedStep): boolean {
  return changes.length > 0 || !settled || unknown.length > 0;
}

function namesOf(steps: readonly PlannedStep[]): string {
  return steps.map(({ id }) => id).join(', ');
}

/** The token of each effect, verb and target, and the names of destructive steps that have none before they run. */
function namesOfDestructive(plan: Plan, acting: readonly PlannedStep[]): readonly string[] {
  const open = acting.filter(
    ({ risk, consent, settled, changes }) =>
      risk === 'destructive' && consent.length === 0 && !(settled && changes.length > 0),
  );
  return [
    ...consentNeeds(plan).map(({ token }) => token),
    ...open.map(({ id }) => `${id} (what exactly is not known yet)`),
  ];
}

function blockedLines(steps: readonly PlannedStep[], style: Style): readonly Line[] {
  const blockers = steps.flatMap(({ id, blockers: found }) => found.map(({ message }) => `${id}: ${message}`));
  if (blockers.length === 0) return [labelled(2, 'blocked    ', 'nothing, as far as is known now')];
  const { shown, more } = foldList(blockers);
  return [
    ...shown.map((text) => badRow('blocked    ', `${style.symbols.bad} ${text}`)),
    ...(more === 0 ? [] : [labelled(2, 'blocked    ', `and ${more} more`)]),
  ];
}

function badRow(label: string, text: string): Line {
  return indented(2, [toned('faint', `${label} `), toned('bad', text)], label.length + 1);
}
