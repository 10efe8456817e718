import type { Change } from '../core/change.ts';
import type { DiffLine } from '../core/line-diff.ts';
import type { Messages } from '../core/messages.ts';
import { consentNeeds, possibleSteps, type Plan, type PlannedStep, type StepDecision } from '../core/plan.ts';
import type { Risk } from '../core/risk.ts';
import { typedCommand } from '../core/typed-command.ts';
import { describeChange } from './change-text.ts';
import { foldList } from './fold-list.ts';
import { blank, command, indented, line, toned, type Line, type Part } from './lines.ts';
import { summaryLines } from './plan-summary.ts';
import { blockerLines, heading, labelled, nextLines, warningLine } from './problem-text.ts';
import type { Style, Tone } from './style.ts';
import { instant } from './times.ts';
import { pairWords } from './value-words.ts';

const riskTone: Readonly<Record<Risk, Tone>> = { routine: 'plain', disruptive: 'warn', destructive: 'bad' };

/** The whole plan: what for, against what, what it comes to, step by step, and the consent it needs. */
export function planLines({ plan }: Messages['plan.shown'], style: Style): readonly Line[] {
  const steps = plan.nothingToDo === null ? plan.steps : [];
  return [
    heading(`Plan: ${plan.command}`),
    labelled(2, 'environment', plan.environment.name + (plan.environment.protected ? ' (protected)' : '')),
    labelled(2, 'target     ', `${plan.target} at ${plan.environment.identity}`),
    ...summaryLines(plan, style),
    ...pairLine('asked for  ', plan.inputs),
    ...pairLine('found      ', plan.facts),
    labelled(2, 'planned    ', instant(plan.createdAt, style.timezone)),
    ...(plan.nothingToDo === null ? [] : [blank, line(`Nothing to do: ${plan.nothingToDo}`)]),
    ...steps.flatMap((step, at) => [blank, ...stepLines(step, at + 1, style)]),
    ...consentLines(plan),
  ];
}

function pairLine(label: string, pairs: Plan['inputs']): readonly Line[] {
  return Object.keys(pairs).length === 0 ? [] : [labelled(2, label, pairWords(pairs))];
}

function stepLines(step: PlannedStep, position: number, style: Style): readonly Line[] {
  const number = `${position}. `;
  const indent = number.length;
  const title = step.title === step.id ? '' : ` ${style.symbols.dash} ${step.title}`;
  const top = indented(0, [number, toned('strong', step.id), title], indent);
  const state = indented(indent, [toned(riskTone[step.risk], step.risk), ', ', ...decisionParts(step.decision)], 2);
  if (step.decision.is === 'skip') return [top, state];
  return [
    top,
    state,
    ...conditionLines(step, indent),
    ...changeLines(step, indent, style),
    ...listLines('would not change:', step.unchanged, indent, style),
    ...listLines("can't be known yet:", step.unknown, indent, style),
    ...step.notes.map((note) => warningLine(style, note, indent)),
    ...blockerLines(step.blockers, style, indent),
  ];
}

function decisionParts(decision: StepDecision): readonly Part[] {
  switch (decision.is) {
    case 'run':
      return [decision.why === 'always' || decision.why === '' ? 'will run' : `will run: ${decision.why}`];
    case 'skip':
      return [toned('faint', `skipped: ${decision.why}`)];
    case 'later':
      return [`decided when it runs: ${decision.why}`];
    default:
      return decision satisfies never;
  }
}

function conditionLines(step: PlannedStep, indent: number): readonly Line[] {
  if (step.kind === 'do' || step.that === null) return [];
  const words = { wait: 'waits until', check: 'checks that', manual: 'a person does this:' }[step.kind];
  return [labelled(indent, words, step.that)];
}

function changeLines(step: PlannedStep, indent: number, style: Style): readonly Line[] {
  if (step.kind !== 'do' || step.changes.length === 0) return [];
  const label = step.settled ? 'would change:' : 'would change, as far as is known now:';
  return [indented(indent, [label]), ...rowsOf(step.changes).flatMap((row) => rowLines(row, indent + 2, style))];
}

/** Neighbouring changes of one kind, together. */
export function rowsOf(changes: readonly Change[]): readonly (readonly [Change, ...Change[]])[] {
  const rows: [Change, ...Change[]][] = [];
  for (const change of changes) {
    const row = rows.at(-1);
    if (row?.[0].kind === change.kind) row.push(change);
    else rows.push([change]);
  }
  return rows;
}

/** One line a change; a long row of the same kind is folded. */
export function rowLines(row: readonly Change[], indent: number, style: Style): readonly Line[] {
  const { shown, more } = foldList(row);
  return [
    ...shown.flatMap((change) => [
      indented(indent, [`${style.symbols.bullet} ${describeChange(change).does}`], 2),
      ...(change.kind === 'cdc.repoint' ? change.diff.map((changed) => diffLine(changed, indent + 4)) : []),
    ]),
    ...(more === 0 ? [] : [indented(indent + 2, [`and ${more} more like this`])]),
  ];
}

function diffLine({ sign, at, text }: DiffLine, indent: number): Line {
  return indented(indent, [`${sign} ${at}: `, toned(sign === '-' ? 'faint' : 'strong', text)], 2);
}

/** A label and a folded list under it; nothing when there is nothing in it. */
export function listLines(label: string, items: readonly string[], indent: number, style: Style): readonly Line[] {
  if (items.length === 0) return [];
  const { shown, more } = foldList(items);
  return [
    indented(indent, [label]),
    ...shown.map((item) => indented(indent + 2, [`${style.symbols.bullet} ${item}`], 2)),
    ...(more === 0 ? [] : [indented(indent + 4, [`and ${more} more`])]),
  ];
}

function consentLines(plan: Plan): readonly Line[] {
  if (plan.nothingToDo !== null) return [];
  const needs = consentNeeds(plan);
  const risks = new Set(possibleSteps(plan).map((step) => step.risk));
  const asked = risks.has('disruptive')
    ? 'Steps are asked for one at a time; --yes agrees to routine and disruptive ones.'
    : 'Steps are asked for one at a time; --yes agrees to routine ones.';
  return [
    blank,
    line(asked),
    ...(needs.length === 0 ? [] : [line('By name, at the prompt or beforehand:')]),
    ...needs.flatMap((need) => [command(2, typedCommand(['--confirm', need.token])), indented(6, [need.effect])]),
  ];
}

/** End of a dry run: what a scripted run needs, the digest, and that nothing was changed. */
export function dryRunLines(payload: Messages['dry-run.ended'], style: Style): readonly Line[] {
  const { plan, tokens, manual, command: argv } = payload;
  const blocked = possibleSteps(plan).some((step) => step.blockers.length > 0);
  return [
    blank,
    line(toned('strong', 'Dry run: nothing was changed.')),
    ...(blocked ? blockedLines(plan, style) : commandLines(argv, tokens)),
    ...listLines('Steps that a person does:', manual, 0, style),
    labelled(0, 'plan digest', plan.digest),
  ];
}

function commandLines(argv: readonly string[], tokens: readonly string[]): readonly Line[] {
  return [
    ...(argv.length === 0 ? [] : [line('To do this, type:'), command(2, typedCommand(argv))]),
    ...(tokens.length === 0 ? [] : [line('It agrees to what is destructive, each by name:')]),
    ...tokens.map((token) => command(2, typedCommand(['--confirm', token]))),
  ];
}

/** No command is given that would be refused. */
function blockedLines(plan: Plan, style: Style): readonly Line[] {
  const steps = possibleSteps(plan).filter((step) => step.blockers.length > 0);
  return [
    indented(
      0,
      [
        toned('bad', `${style.symbols.bad} `),
        `A run would be refused: ${steps.map(({ id }) => id).join(', ')} ${steps.length === 1 ? 'is' : 'are'} blocked, as is said with the step above.`,
      ],
      2,
    ),
    ...nextLines([typedCommand(['esr-ops', 'diagnose', '--env', plan.environment.name])]),
  ];
}
