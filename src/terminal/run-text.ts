import { exitCodes, type ExitName } from '../core/exit-codes.ts';
import type { StepOutcome } from '../core/journal.ts';
import type { Messages } from '../core/messages.ts';
import { describeChange } from './change-text.ts';
import { foldList } from './fold-list.ts';
import { blank, indented, proseLines, textLines, toned, type Line } from './lines.ts';
import { heading, labelled, nextLines, placeLines, warningLine } from './problem-text.ts';
import { listLines, rowLines, rowsOf } from './plan-text.ts';
import type { Style } from './style.ts';
import { duration } from './times.ts';
import { pairWords } from './value-words.ts';

/** Start of a run. */
export function runStartedLines(payload: Messages['run.started']): readonly Line[] {
  const verb = payload.resumed ? 'Going on with' : 'Starting';
  return [
    heading(`${verb} ${payload.command} in ${payload.environment}`),
    labelled(2, 'run    ', payload.run),
    labelled(2, 'journal', payload.journal),
  ];
}

/** Start of a step: its place, what it is, and the first paragraph of its prose. */
export function stepStartedLines(payload: Messages['step.started'], style: Style): readonly Line[] {
  const { step, position, of, prose } = payload;
  const title = step.title === step.id ? '' : ` ${style.symbols.dash} ${step.title}`;
  const [paragraph = ''] = prose.trim().split(/\n[ \t]*\n/, 1);
  return [
    blank,
    indented(
      0,
      [toned('strong', `${style.symbols.step} Step ${position} of ${of}: ${step.id}${title}`), ` (${step.risk})`],
      2,
    ),
    ...(paragraph === '' ? [] : textLines(paragraph.replaceAll('\n', ' '), 2)),
  ];
}

/** What a step is about to change, why that is safe and how it is undone. */
export function stepPlannedLines(payload: Messages['step.planned'], style: Style): readonly Line[] {
  return [
    ...(payload.changes.length === 0 ? [indented(2, ['Nothing needs to change.'])] : []),
    ...rowsOf(payload.changes).flatMap((row) => {
      const words = describeChange(row[0]);
      return [...rowLines(row, 2, style), labelled(4, 'safety:', words.safe), labelled(4, 'undo:  ', words.undo)];
    }),
    ...listLines('Will not change:', payload.unchanged, 2, style),
    ...payload.notes.map((note) => warningLine(style, note, 2)),
  ];
}

const outcomes = {
  verified: 'finished and verified',
  unverified: 'finished, NOT verified',
  nothing: 'nothing needed to change',
} as const satisfies Record<StepOutcome, string>;

/** End of a step. */
export function stepFinishedLines(payload: Messages['step.finished'], style: Style): readonly Line[] {
  const good = payload.outcome !== 'unverified';
  const mark = good ? toned('good', `${style.symbols.good} `) : toned('warn', `${style.symbols.warn} `);
  return [indented(0, [mark, `Step ${payload.step}: ${outcomes[payload.outcome]} (${duration(payload.ms)})`], 2)];
}

/** A change that was made and read back. */
export function changeAppliedLines(payload: Messages['change.applied'], style: Style): readonly Line[] {
  return [
    indented(2, [toned('good', `${style.symbols.good} `), describeChange(payload.change).does], 2),
    ...evidenceLines(payload.evidence),
  ];
}

/** A change that failed, or whose outcome nobody knows. */
export function changeFailedLines(payload: Messages['change.failed'], style: Style): readonly Line[] {
  const what = describeChange(payload.change).does;
  const words = payload.certain ? `failed: ${what}` : `outcome UNKNOWN (it may or may not have been made): ${what}`;
  return [
    indented(2, [toned('bad', `${style.symbols.bad} `), words], 2),
    indented(4, [payload.problem.message]),
    ...placeLines(payload.problem, style).map((item): Line => ({ ...item, indent: (item.indent ?? 0) + 2 })),
    ...nextLines(payload.problem.next ?? [], 4),
  ];
}

/** What looking at the world said of a change that was left open. */
export function changeSettledLines(payload: Messages['change.settled'], style: Style): readonly Line[] {
  const verdicts: Readonly<Record<string, string>> = {
    applied: 'was made',
    'not-applied': 'was not made',
  };
  return [
    indented(
      2,
      [
        `${style.symbols.bullet} Looked again: whether to ${describeChange(payload.change).does}: ${verdicts[payload.verdict] ?? 'still UNKNOWN'}`,
      ],
      2,
    ),
    ...evidenceLines(payload.evidence),
  ];
}

function evidenceLines(evidence: readonly string[]): readonly Line[] {
  const { shown, more } = foldList(evidence);
  return [
    ...shown.map((item) => labelled(4, 'evidence:', item)),
    ...(more === 0 ? [] : [indented(4, [`and ${more} more pieces of evidence`])]),
  ];
}

/** A condition that holds. */
export function checkMetLines(payload: Messages['check.met'], style: Style): readonly Line[] {
  return [
    indented(2, [toned('good', `${style.symbols.good} `), `holds: ${payload.that}`], 2),
    ...factLines(payload.facts),
    ...Object.entries(payload.asOf ?? {}).map(([name, when]) => labelled(4, 'as of:', `${name}: ${when}`)),
  ];
}

/** A condition that does not hold, and what that means. */
export function checkUnmetLines(payload: Messages['check.unmet'], style: Style): readonly Line[] {
  const mark = payload.stops ? toned('bad', `${style.symbols.bad} `) : toned('warn', `${style.symbols.warn} `);
  const after = payload.stops ? 'The run stops here.' : 'The run goes on; this counts as not verified.';
  return [
    indented(2, [mark, `${payload.unknown === true ? 'not known whether' : 'does not hold'}: ${payload.that}`], 2),
    ...factLines(payload.facts),
    indented(4, [payload.otherwise]),
    indented(4, [after]),
  ];
}

function factLines(facts: Messages['check.met']['facts']): readonly Line[] {
  return Object.keys(facts).length === 0 ? [] : [labelled(4, 'found:', pairWords(facts))];
}

/** What a person has to do. */
export function manualLines(payload: Messages['manual.instructions'], style: Style): readonly Line[] {
  return [
    indented(0, [toned('strong', `${style.symbols.step} For a person: ${payload.title}`)], 2),
    ...proseLines(payload.prose, 2),
  ];
}

const consentHow: Readonly<Record<string, string>> = {
  none: 'no consent needed',
  enter: 'agreed to with Enter',
  yes: 'agreed to',
  typed: 'agreed to by name',
  flag: 'agreed to beforehand with --confirm',
  plan: 'agreed to with the plan',
  earlier: 'agreed to earlier in this run',
};

/** How a step was agreed to. */
export function consentGivenLines(payload: Messages['consent.given']): readonly Line[] {
  const tokens = payload.tokens.length === 0 ? '' : `: ${payload.tokens.join(', ')}`;
  return [indented(2, [toned('faint', `${consentHow[payload.how] ?? payload.how}${tokens}`)], 2)];
}

/** End of a run: how it ended, what to type next, exit code, journal. */
export function runEndedLines(payload: Messages['run.ended'], style: Style): readonly Line[] {
  const { exit, summary, problems } = payload;
  const next = [...new Set([...problems.flatMap((problem) => problem.next ?? []), ...payload.next])];
  return [
    blank,
    indented(0, [endMark(exit, style), toned('strong', summary)], 2),
    ...problems.flatMap((problem) => [
      ...(summary.includes(problem.message) ? [] : [indented(2, [problem.message], 2)]),
      ...placeLines(problem, style),
    ]),
    ...nextLines(next),
    labelled(0, 'exit code', exitWords(exit)),
    labelled(0, 'journal  ', payload.journal),
  ];
}

function endMark(exit: ExitName, style: Style) {
  if (exit === 'done') return toned('good', `${style.symbols.good} `);
  if (exit === 'unverified') return toned('warn', `${style.symbols.warn} `);
  return toned('bad', `${style.symbols.bad} `);
}

/** `4 (blocked): blocked by a pre-check; nothing was changed`. */
function exitWords(exit: ExitName): string {
  return `${exitCodes[exit].code} (${exit}): ${exitCodes[exit].meaning}`;
}

/** A step that is passed over. */
export function stepSkippedLines(payload: Messages['step.skipped'], style: Style): readonly Line[] {
  const title = payload.title === payload.step ? '' : ` ${style.symbols.dash} ${payload.title}`;
  return [
    blank,
    indented(0, [toned('faint', `${style.symbols.step} Skipped: ${payload.step}${title}`)], 2),
    indented(2, ['why: ', payload.why], 5),
  ];
}
