import type { WrongTurn } from '../core/debrief.ts';
import type { Messages } from '../core/messages.ts';
import type { EndCondition } from '../core/scenario.ts';
import { blank, command, indented, line, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { duration } from './times.ts';
import { plural } from './value-words.ts';

/** What can be rehearsed. */
export function scenariosLines({ scenarios }: Messages['scenarios.listed']): readonly Line[] {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return [
    ...scenarios.flatMap(({ name, meaning, faults, instead }) => [
      indented(0, [toned('strong', name.padEnd(width)), `  ${meaning}`], width + 2),
      indented(width + 2, [
        toned(
          'faint',
          `breaks ${faults.map(({ fault }) => fault).join(', ')}${instead.length === 0 ? '' : `; --fault: ${instead.join(', ')}`}`,
        ),
      ]),
    ]),
    blank,
    line('Unattended, or by yourself in a shell of your own:'),
    command(2, 'esr-ops rehearse incident --auto'),
    command(2, 'esr-ops rehearse vhost'),
  ];
}

/** The alert, and for an engineer what to do with it. */
export function alertedLines(payload: Messages['rehearsal.alerted'], style: Style): readonly Line[] {
  const { alert, leftOut, auto, suffix, incident, scenario } = payload;
  const quoted = `'${alert.text.replaceAll("'", `'\\''`)}'`;
  const aside = suffix.replace(/^ --env \S+/, '').replace(/ --config \S+/, '');
  return [
    blank,
    heading(`Rehearsal: ${scenario}`),
    ...leftOut.map(({ fault, why }) => warningLine(style, `NOT RUN: ${fault}, because ${why}.`)),
    indented(0, [toned('warn', `${style.symbols.warn} `), toned('strong', `${alert.from}: `), alert.text], 2),
    ...(auto
      ? []
      : [
          blank,
          line('It is your turn. Open another shell; everything there is real but for its data, and yours to change:'),
          command(2, `esr-ops diagnose${suffix} --symptom ${quoted}`),
          command(2, `esr-ops status${suffix}`),
          line(`Give --incident ${incident} to what changes something. When you are stuck, or have had enough:`),
          command(2, `esr-ops rehearse hint${aside}`),
          command(2, `esr-ops rehearse end${aside}`),
          line('It ends by itself when all is well. Waiting ...'),
        ]),
  ];
}

/** One hint. */
export function hintedLines({ hint, position, of }: Messages['rehearsal.hinted']): readonly Line[] {
  if (hint === null) return [line(`That were all ${of} hints. There are no more.`)];
  return [indented(0, [toned('strong', `Hint ${position} of ${of}: `), hint], 2)];
}

const ends: Readonly<Record<EndCondition, string>> = {
  healthy: 'status has nothing to act on',
  'messages-kept': 'no message was lost',
  'changes-kept': 'no change of a row was lost',
  'twice-as-predicted': 'as many changes came twice as was said before',
  'loads-whole': 'each Local Office has what every load type should have written, once',
};

const turns: Readonly<Record<WrongTurn['is'], string>> = {
  refused: 'was refused',
  failed: 'did not come to its end',
  'no-effect': 'changed nothing of what was found',
};

/** What the rehearsal was like. */
export function debriefLines({ debrief }: Messages['rehearsal.debriefed'], style: Style): readonly Line[] {
  const { faults, leftOut, hints, commands, wrongTurns, truth, end, gaps, how } = debrief;
  const rows: readonly (readonly [string, string])[] = [
    ['time to diagnose', time(debrief.toDiagnoseMs)],
    ['first change after', time(debrief.toActMs)],
    ['time to recover', how === 'healthy' ? time(debrief.toRecoverMs) : 'not recovered'],
    ['commands', `${commands}, ${plural(hints, 'hint')}`],
    ['messages', `${truth.messages.lost} lost, ${truth.messages.deliveredTwice} twice`],
    [
      'changes of rows',
      `${truth.changes.lost} lost, ${truth.changes.deliveredTwice} twice (${predictedWords(truth.predicted)})`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    blank,
    heading(`Debrief: ${debrief.scenario}`),
    ...rows.map(([label, value]) => labelled(2, label.padEnd(width), value)),
    ...faults.map(({ fault, namedAfterMs }) =>
      indented(
        2,
        [
          `${style.symbols.bullet} ${fault}: ${namedAfterMs === null ? 'no look that names it is recorded' : `named after ${duration(namedAfterMs)}`}`,
        ],
        2,
      ),
    ),
    ...leftOut.map(({ fault, why }) => warningLine(style, `NOT RUN: ${fault}, because ${why}`, 2)),
    ...(wrongTurns.length === 0
      ? [labelled(2, 'wrong turns'.padEnd(width), 'none recorded')]
      : [
          labelled(2, 'wrong turns'.padEnd(width), String(wrongTurns.length)),
          ...wrongTurns.map(({ command: typed, is, exit, why }) =>
            indented(
              4,
              [`${style.symbols.bullet} esr-ops ${typed} ${turns[is]} (${exit}${why === '' ? '' : `: ${why}`})`],
              2,
            ),
          ),
        ]),
    ...gaps.map((text) => warningLine(style, `gap: ${text}`, 2)),
    ...end.map(({ that, met, excused }) =>
      met
        ? indented(2, [toned('good', `${style.symbols.good} `), ends[that]], 2)
        : excused === null
          ? indented(2, [toned('bad', `${style.symbols.bad} `), `not so: ${ends[that]}`], 2)
          : indented(
              2,
              [
                toned('warn', `${style.symbols.warn} `),
                `not so, and no recovery could help it (${excused}): ${ends[that]}`,
              ],
              2,
            ),
    ),
  ];
}

function time(ms: number | null): string {
  return ms === null ? 'not recorded' : duration(ms);
}

function predictedWords(predicted: { readonly atLeast: number; readonly atMost: number } | null): string {
  if (predicted === null) return 'nothing was replayed';
  const { atLeast, atMost } = predicted;
  return `predicted ${atLeast === atMost ? atMost : `${atLeast} to ${atMost}`}`;
}
