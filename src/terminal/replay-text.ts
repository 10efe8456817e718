import { positionText } from '../core/binlog-position.ts';
import type { Messages } from '../core/messages.ts';
import type { ReplayPreview, RowRange, RowsInTime, TableRows } from '../core/replay-preview.ts';
import { onDuplicateWords } from '../core/replay-consumers.ts';
import { visible } from '../core/visible.ts';
import { bar } from './bar.ts';
import { blank, indented, line, toned, type Line } from './lines.ts';
import { bytes, ddlLines, warningsLines } from './maxwell-text.ts';
import { heading, labelled } from './problem-text.ts';
import type { Style } from './style.ts';
import { duration, instant } from './times.ts';
import { plural } from './value-words.ts';
import { columnsOf } from './wrap.ts';

const tablesShown = 25;
const barsShown = 30;

/** What a replay would send: how many rows, of which tables, when, and how many of them twice. */
export function previewLines(payload: Messages['maxwell.previewed'], style: Style): readonly Line[] {
  const { preview, located, untilMs, consumers } = payload;
  const at = (ms: number): string => instant(ms, style.timezone);
  const sure = located?.proven === true ? 'proven' : 'not proven';
  return [
    line(
      'A replay from ',
      toned('strong', positionText(preview.from)),
      ' would send ',
      toned('strong', plural(preview.rows, 'row')),
    ),
    ...(located?.atMs == null
      ? []
      : [labelled(2, 'from        ', `${at(located.atMs)} (${sure}; see maxwell locate)`)]),
    labelled(
      2,
      'counted to  ',
      `${positionText(preview.until)}${untilMs === null ? ', the end of the log' : `, for ${at(untilMs)}`}`,
    ),
    labelled(2, 'in          ', `${plural(preview.transactions, 'transaction')}, ${bytes(preview.bytes)} of the log`),
    labelled(2, 'left out    ', `${plural(preview.rowsLeftOut, 'row')} ${filterWords(preview)}`),
    blank,
    ...rangeLines('May come twice', preview.twice, style),
    ...consumers.map((consumer) => indented(4, [`${style.symbols.bullet} ${onDuplicateWords(consumer)}`], 2)),
    ...rangeLines('Never published before', preview.never, style),
    ...tableLines(preview.tables, style),
    ...timeLines(preview, style),
    ...ddlLines(preview.ddls, preview.ddlCount, style),
    ...warningsLines([...(located?.warnings ?? []), ...preview.warnings], style),
    blank,
    line(
      toned(
        'faint',
        `Read ${bytes(preview.cost.bytesRead)} in ${duration(preview.cost.ms)}. Nothing was changed or sent.`,
      ),
    ),
  ];
}

function filterWords({ filter }: ReplayPreview): string {
  if (!filter.applied) return `of Maxwell's own tables; its filter could not be applied`;
  return filter.expression === '' ? "of Maxwell's own tables; it has no filter" : `by the filter ${filter.expression}`;
}

function rangeLines(label: string, { atLeast, atMost, why }: RowRange, style: Style): readonly Line[] {
  const range = atLeast === atMost ? plural(atMost, 'row') : `${atLeast} to ${plural(atMost, 'row')}`;
  return [
    line(`${label}: `, toned('strong', range)),
    ...why.map((sentence) => indented(4, [`${style.symbols.bullet} ${sentence}`], 2)),
  ];
}

function tableLines(tables: readonly TableRows[], style: Style): readonly Line[] {
  if (tables.length === 0) return [];
  const shown = tables.slice(0, tablesShown);
  const rows = shown.map((table) => [tableName(table), table.insert, table.update, table.delete] as const);
  const digits = ([1, 2, 3] as const).map((at) => Math.max(6, ...rows.map((row) => String(row[at]).length)));
  const counted = digits.slice(0, 3).reduce((sum, columns) => sum + 2 + columns, 0);
  const room = Math.max(8, Math.min(48, style.width() - 2 - counted - '  left out'.length));
  const widest = Math.min(room, Math.max(...rows.map(([name]) => columnsOf(name))));
  const cell = (text: string | number, at: number): string => String(text).padStart(digits[at] ?? 6);
  return [
    blank,
    heading('Rows by table'),
    kept(`${' '.repeat(widest)}  ${cell('insert', 0)}  ${cell('update', 1)}  ${cell('delete', 2)}`),
    ...rows.flatMap(([name, ...counts], at) => {
      const padding = ' '.repeat(Math.max(0, widest - columnsOf(name)));
      const numbers = counts.map((count, column) => cell(count, column)).join('  ');
      const figures = `  ${numbers}${shown[at]?.sent === false ? '  left out' : ''}`;
      // A name that has no room stands above its figures, so that these stay in their columns.
      return columnsOf(name) > widest
        ? [indented(2, [name], 2), kept(' '.repeat(widest) + figures)]
        : [kept(name + padding + figures)];
    }),
    ...(tables.length > shown.length ? [indented(2, [`and ${tables.length - shown.length} more tables`])] : []),
  ];
}

function kept(text: string): Line {
  return { indent: 2, parts: [text], keep: true };
}

/** `tcs.Post`; a name that could be taken for something else stands in back quotes, what can't be seen written out. */
function tableName({ schema, table }: TableRows): string {
  return [schema, table]
    .map((name) => (/^[\p{L}\p{N}_$]+$/u.test(name) ? visible(name) : `\`${visible(name).replaceAll('`', '``')}\``))
    .join('.');
}

function timeLines(preview: ReplayPreview, style: Style): readonly Line[] {
  if (preview.overTime.length === 0) return [];
  const { stretches, minutes } = fewer(preview.overTime, preview.minutesEach);
  const most = Math.max(...stretches.map(({ rows }) => rows));
  const label = ({ fromMs }: RowsInTime): string =>
    instant(fromMs, style.timezone).replace(/:00Z \((.*?) .*\)$/, 'Z ($1)');
  const widest = Math.max(...stretches.map((stretch) => label(stretch).length));
  const digits = String(most).length;
  const columns = Math.max(0, style.width() - 2 - widest - 2 - digits - 2);
  return [
    blank,
    heading(`Rows by ${minutes === 1 ? 'minute' : `${minutes} minutes`}, by when their statements began`),
    ...stretches.map((stretch) =>
      kept(
        `${label(stretch).padEnd(widest)}  ${String(stretch.rows).padStart(digits)}  ${bar(stretch.rows, most, columns, style)}`,
      ),
    ),
  ];
}

/** Widths that a person reads easily, minutes. */
const wider = [1, 5, 15, 60, 360, 1_440, 10_080, 43_200, 525_600] as const;

/** Stretches put together until they fit on a screen. */
function fewer(
  all: readonly RowsInTime[],
  minutesEach: number,
): { readonly stretches: readonly RowsInTime[]; readonly minutes: number } {
  let found = { stretches: all, minutes: minutesEach };
  for (const minutes of wider) {
    if (found.stretches.length <= barsShown) break;
    if (minutes <= minutesEach) continue;
    const sums = new Map<number, number>();
    for (const { fromMs, rows } of all) {
      const key = Math.floor(fromMs / 60_000 / minutes);
      sums.set(key, (sums.get(key) ?? 0) + rows);
    }
    found = { stretches: [...sums].map(([key, rows]) => ({ fromMs: key * minutes * 60_000, rows })), minutes };
  }
  return found;
}
