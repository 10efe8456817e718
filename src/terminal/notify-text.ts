import type { Messages } from '../core/messages.ts';
import { blank, command, indented, line, textLines, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';
import { plural } from './value-words.ts';

/** What a run would tell whom. */
export function noticesAheadLines({ notices }: Messages['notices.ahead']): readonly Line[] {
  return [
    blank,
    heading('A run would tell, besides what goes wrong on the way:'),
    ...notices.flatMap(({ channel, notice, text }) => [
      indented(2, [toned('strong', channel), `, ${notice.event}:`]),
      ...textLines(text, 4, 'faint'),
    ]),
  ];
}

/** What waits for each channel. */
export function noticesListedLines({ environment, queues }: Messages['notices.listed'], style: Style): readonly Line[] {
  const left = queues.some(({ waiting }) => waiting.length > 0);
  return [
    ...queues.flatMap(({ channel, waiting, refused, why, notBeforeMs }) => [
      waiting.length === 0
        ? line(toned('good', `${style.symbols.good} `), toned('strong', channel), ': nothing waits')
        : warningLine(
            style,
            `${channel}: ${plural(waiting.length, 'notice')} not sent${why === null ? '' : ` (${why})`}`,
          ),
      ...waiting
        .slice(0, 5)
        .map(({ at, event, command: of }) =>
          indented(4, [`${instant(at, style.timezone)} ${event}${of === '' ? '' : `, ${of}`}`]),
        ),
      ...(waiting.length > 5 ? [indented(4, [`and ${waiting.length - 5} more`])] : []),
      ...(notBeforeMs === null ? [] : [labelled(4, 'not before', instant(notBeforeMs, style.timezone))]),
      ...(refused === 0
        ? []
        : [
            warningLine(
              style,
              `${plural(refused, 'notice')} put aside: the server can't take them${why === null ? '' : ` (${why})`}`,
              2,
            ),
          ]),
    ]),
    ...(left ? [command(2, `esr-ops notify flush --env ${environment}`)] : []),
  ];
}
