import type { Messages } from '../core/messages.ts';
import { blank, indented, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';

/** The truth at the end of a rehearsal. */
export function truthLines(payload: Messages['truth.told'], style: Style): readonly Line[] {
  const rows: readonly (readonly [string, number])[] = [
    ['published', payload.published],
    ['confirmed by the broker', payload.confirmed],
    ['delivered', payload.delivered],
    ['still in queues', payload.inQueues],
    ['lost', payload.lost],
    ['delivered twice', payload.deliveredTwice],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    blank,
    heading('What happened to the messages, counted outside the tool'),
    ...rows.map(([label, value]) => labelled(2, label.padEnd(width), String(value))),
    ...(payload.why === '' ? [] : [payload.lost > 0 ? warningLine(style, payload.why, 2) : indented(2, [payload.why])]),
  ];
}

/** The truth for what the ETL wrote. */
export function etlTruthLines({ loads }: Messages['etl-truth.told'], style: Style): readonly Line[] {
  return [
    blank,
    heading('What the load types wrote, by what their program itself wrote down'),
    ...loads.map(({ loadType, date, rows, files, missing, twice }) => {
      const words = [
        `${loadType} for ${date}: ${rows} rows, ${files} files`,
        ...(missing.length === 0 ? [] : [`not all for ${missing.join(', ')}`]),
        ...(twice.length === 0 ? [] : [`more than once for ${twice.join(', ')}`]),
      ].join('; ');
      return missing.length + twice.length === 0 ? indented(2, [words]) : warningLine(style, words, 2);
    }),
  ];
}

/** The truth for the changes of CDC, beside what was predicted. */
export function cdcTruthLines(payload: Messages['cdc-truth.told'], style: Style): readonly Line[] {
  const { predicted, asPredicted } = payload;
  const rows: readonly (readonly [string, string])[] = [
    ['made', String(payload.made)],
    ['delivered', String(payload.delivered)],
    ['lost', String(payload.lost)],
    ['delivered twice', String(payload.deliveredTwice)],
    ['predicted twice', predicted === null ? 'none: nothing was replayed' : boundsWords(predicted.twice)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    blank,
    heading('What happened to the changes of rows, counted outside the tool'),
    ...rows.map(([label, value]) => labelled(2, label.padEnd(width), value)),
    indented(2, [`captured by: ${payload.by}`]),
    ...(asPredicted ? [] : [warningLine(style, 'more or fewer came twice than was predicted', 2)]),
    ...(payload.lost === 0 ? [] : [warningLine(style, 'what was lost was made and never reached its consumer', 2)]),
  ];
}

function boundsWords({ atLeast, atMost }: { readonly atLeast: number; readonly atMost: number }): string {
  return atLeast === atMost ? String(atMost) : `${atLeast} to ${atMost}`;
}
