import { exitCodes } from '../core/exit-codes.ts';
import { isSettled } from '../core/fold.ts';
import type { Json } from '../core/json.ts';
import { leftBehind } from '../core/left-behind.ts';
import type { Messages } from '../core/messages.ts';
import type { RunListing } from '../core/ports.ts';
import type { RunbookStep } from '../core/runbook.ts';
import { blank, command, indented, line, proseLines, sourceLines, toned, type Line } from './lines.ts';
import { heading, labelled, nextLines, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';
import { plural, valueWords } from './value-words.ts';

/** Runbooks with their commands. */
export function runbooksLines({ runbooks }: Messages['runbooks.listed']): readonly Line[] {
  if (runbooks.length === 0) return [line('No runbooks.')];
  return runbooks.flatMap((runbook) => [
    command(0, runbook.command),
    indented(4, [runbook.summary]),
    indented(4, [toned('faint', `${plural(runbook.steps, 'step')}, ${runbook.file}`)]),
  ]);
}

/** A runbook as it is written, or as a list to tick off by hand. */
export function runbookLines(payload: Messages['runbook.shown']): readonly Line[] {
  const { runbook, as, source } = payload;
  if (as === 'checklist') return sourceLines(source);
  return [
    heading(runbook.command),
    line(runbook.summary),
    ...proseLines(runbook.intro),
    ...runbook.before.map((check) => indented(0, [`Before: ${check.that.source}. If not: ${check.otherwise}`], 4)),
    ...runbook.steps.flatMap((step, at) => [
      blank,
      indented(0, [`${at + 1}. `, toned('strong', step.id), step.title === step.id ? '' : `: ${step.title}`], 4),
      ...(step.when === null ? [] : [labelled(4, 'only when', step.when.source)]),
      labelled(4, ...whatWords(step)),
      ...proseLines(step.prose, 4),
    ]),
  ];
}

function whatWords(step: RunbookStep): [label: string, text: string] {
  switch (step.kind) {
    case 'do':
      return ['does', `${step.verb} (${step.risk})`];
    case 'wait':
      return ['wait until', step.that.source];
    case 'check':
      return ['check that', step.that.source];
    case 'manual':
      return ['write down', step.ask];
    default:
      return step satisfies never;
  }
}

/** Runs of this environment, newest first. */
export function runsLines({ runs }: Messages['runs.listed'], style: Style): readonly Line[] {
  if (runs.length === 0) return [line('No runs.')];
  return runs.flatMap((run) => runLines(run, style));
}

function runLines(run: RunListing, style: Style): readonly Line[] {
  const { state } = run;
  if (state === null) {
    return [
      indented(0, [toned('bad', `${style.symbols.bad} `), toned('strong', run.run)], 2),
      indented(2, [`damaged: ${run.damage ?? 'its journal cannot be read'}`]),
      labelled(2, 'journal', run.path),
    ];
  }
  const { started, ended, acknowledged } = state;
  const settled = isSettled(state);
  const { good, bullet, warn } = style.symbols;
  // Only what ended as it should gets the good mark; what was acknowledged is over, and that is all.
  const mark =
    ended?.exit === 'done'
      ? toned('good', `${good} `)
      : settled
        ? toned('plain', `${bullet} `)
        : toned('warn', `${warn} `);
  const how =
    ended === null ? 'not ended' : `ended ${ended.exit} (exit code ${exitCodes[ended.exit].code}): ${ended.summary}`;
  return [
    indented(0, [mark, toned('strong', run.run), ` ${started.plan.command} in ${started.plan.environment.name}`], 2),
    labelled(
      2,
      'began',
      `${instant(state.startedAt, style.timezone)} by ${started.operator.user} on ${started.operator.host}`,
    ),
    indented(2, [how], 2),
    ...(acknowledged === null ? [] : [labelled(2, 'acknowledged:', acknowledged.reason)]),
    ...state.notes.map((note) => labelled(2, 'note:', note.text)),
    ...(settled ? [] : [warningLine(style, 'not settled: resume it, or acknowledge how it stands', 2)]),
    ...(settled ? [] : leftBehind(state).map((text) => warningLine(style, text, 2))),
  ];
}

/** One run with its records. */
export function runShownLines(payload: Messages['run.shown'], style: Style): readonly Line[] {
  const records: readonly Json[] = Array.isArray(payload.records) ? payload.records : [];
  return [
    ...runLines(payload.run, style),
    labelled(2, 'journal', payload.run.path),
    ...(records.length === 0 ? [] : [blank]),
    ...records.map((record) => recordLine(record, style)),
  ];
}

const told = [
  'step',
  'index',
  'why',
  'how',
  'tokens',
  'verdict',
  'outcome',
  'met',
  'saw',
  'exit',
  'summary',
  'reason',
  'text',
  'evidence',
];

function recordLine(record: Json, style: Style): Line {
  const { at = '', entry = {} } = isObject(record) ? record : {};
  const fields = isObject(entry) ? entry : {};
  const words = told.flatMap((name) => {
    const value = fields[name];
    return value === undefined || valueWords(value) === 'none' ? [] : [`${name}: ${valueWords(value)}`];
  });
  return indented(
    0,
    [
      toned('faint', instant(valueWords(at), style.timezone)),
      ` ${valueWords(fields['type'] ?? '')}  ${words.join(', ')}`,
    ],
    4,
  );
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `config check` found. */
export function configCheckLines(payload: Messages['config.checked'], style: Style): readonly Line[] {
  const faults = payload.checks.filter((check) => !check.ok).length;
  return [
    heading(`Configuration of ${payload.environment}`),
    ...payload.checks.flatMap((check) => [
      indented(
        0,
        [
          check.ok ? toned('good', `${style.symbols.good} ok    `) : toned('bad', `${style.symbols.bad} FAULT `),
          `${check.what}: ${check.found}`,
        ],
        8,
      ),
      ...(check.next === null ? [] : nextLines([check.next], 8)),
    ]),
    line(
      faults === 0
        ? `${plural(payload.checks.length, 'check')}, no faults.`
        : `${plural(faults, 'fault')} in ${plural(payload.checks.length, 'check')}.`,
    ),
  ];
}

/** Labs that are there. */
export function labsLines({ labs }: Messages['lab.shown']): readonly Line[] {
  if (labs.length === 0) return [line('No lab is up.')];
  return labs.flatMap((lab, at) => [
    ...(at === 0 ? [] : [blank]),
    // What a lab does not have is undefined in a payload that was never JSON.
    ...Object.entries(lab as Readonly<Record<string, Json | undefined>>).flatMap(([name, value]) =>
      value === undefined ? [] : [labelled(0, `${name}:`, valueWords(value))],
    ),
  ]);
}

/** An archive for a support ticket: what is in it, and what is not. */
export function bundleLines(
  { path, bytes, sha256, files, missing }: Messages['bundle.written'],
  style: Style,
): readonly Line[] {
  return [
    labelled(0, 'Written and read back', path),
    labelled(2, 'size', `${bytes} bytes`),
    labelled(2, 'sha256', sha256),
    ...files.map((file) => indented(2, [`${file.name} (${file.bytes} bytes)`])),
    ...missing.map((text) => warningLine(style, `not in it: ${text}`, 2)),
    line('Look through it before it leaves your hands: names of queues, users and hosts are in it.'),
  ];
}
