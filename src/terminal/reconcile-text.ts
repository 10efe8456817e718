import type { Messages } from '../core/messages.ts';
import type { ExceptionKind, ReconcileException } from '../core/reconcile.ts';
import { blank, indented, line, toned, type Line } from './lines.ts';
import { heading, labelled, nextLines, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';
import { plural } from './value-words.ts';

const words: Readonly<Record<ExceptionKind, string>> = {
  'not-in-table': 'lost: in the log, not in the table',
  'not-in-log': 'never sent: in the table, not in the log',
  unread: 'could not be compared',
  duplicate: 'the same more than once',
  'over-limit': 'too many for one post in a file',
  'file-absent': 'rows name a file that is not there',
  'file-name': 'rows name what is no file of ESR',
  'file-empty': 'empty file',
  'office-without-file': 'no file for the Local Office',
  'office-twice': 'more than one file for the Local Office',
  'sequence-gap': 'sequence numbers missing',
  'sequence-twice': 'sequence number more than once',
};

/** The day in figures, and its first exceptions. */
export function reconcileLines(
  { day, first, signedOff, csv }: Messages['reconcile.ended'],
  style: Style,
): readonly Line[] {
  const { symbols, timezone } = style;
  const hours = (Date.parse(day.until) - Date.parse(day.from)) / 3_600_000;
  return [
    heading(`${day.date} in ${day.timezone}`),
    indented(
      2,
      [
        `${instant(day.from, timezone)} to ${instant(day.until, timezone)}${hours === 24 ? '' : `: ${hours} hours, because the clocks changed`}`,
      ],
      2,
    ),
    blank,
    ...day.tables.flatMap(({ table, what, rows, offices, inLog }) => [
      line(toned('strong', `${what}: ${rows}`), ` in ${table}, ${inLog} in the log`),
      ...(offices.length === 0
        ? []
        : [
            indented(
              2,
              [
                offices
                  .map(({ office, rows: count }) => `${office === '' ? '(no office)' : office} ${count}`)
                  .join(', '),
              ],
              2,
            ),
          ]),
    ]),
    ...(day.files === null ? [] : [line(toned('strong', `files: ${day.files.count}`), `, ${day.files.bytes} bytes`)]),
    ...day.remarks.map((text) => warningLine(style, text)),
    blank,
    ...(day.exceptions === 0
      ? [
          line(
            toned('good', `${symbols.good} `),
            'Everything fits: nothing missing, nothing twice, nothing over the limit.',
          ),
        ]
      : [
          line(toned('bad', `${symbols.bad} `), plural(day.exceptions, 'exception')),
          ...Object.entries(day.counts).map(([kind, count]) =>
            indented(2, [`${words[kind as ExceptionKind]}: ${count}`], 2),
          ),
          blank,
          ...first.map((exception) => exceptionLine(exception, symbols.bullet)),
          ...(day.exceptions > first.length
            ? [line(`There are ${day.exceptions - first.length} more: --csv FILE, or --output json.`)]
            : []),
        ]),
    ...(csv === null ? [] : [labelled(0, 'All of them are in', csv)]),
    ...(signedOff === null
      ? []
      : [
          line(
            toned('good', `${symbols.good} `),
            `Signed off by ${signedOff.by}, ${instant(signedOff.at, timezone)}: ${signedOff.reason}`,
          ),
        ]),
    ...(day.exceptions === 0 || signedOff !== null
      ? []
      : nextLines([
          `esr-ops reconcile sign-off --date ${day.date} --by NAME --reason WHY   (when they are looked at and may stay)`,
        ])),
  ];
}

function exceptionLine(
  { kind, table, office, id, file, post, rows, created, detail }: ReconcileException,
  bullet: string,
): Line {
  const parts = [
    table === null ? null : table,
    id === null ? null : `${kind.startsWith('sequence') ? 'number' : 'id'} ${id}`,
    office === null ? null : `office ${office}`,
    file === null ? null : file,
    post === null ? null : `post ${post}`,
    rows === null || rows === 1
      ? null
      : plural(rows, kind.startsWith('sequence') || kind.startsWith('office') ? 'file' : 'row'),
    created === null ? null : `made ${created}`,
  ].filter((part) => part !== null);
  return indented(2, [`${bullet} ${words[kind]}: ${parts.join(', ')} (${detail})`], 2);
}
