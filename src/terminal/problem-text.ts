import { formatExcerpt } from '../core/excerpt.ts';
import type { Problem } from '../core/fault.ts';
import type { PlannedStep } from '../core/plan.ts';
import { foldList } from './fold-list.ts';
import { command, indented, line, toned, type Line } from './lines.ts';
import type { Style } from './style.ts';
import { columnsOf } from './wrap.ts';

/** Longest label that text hangs beside, columns. */
const longestHang = 16;

/** A problem: what, where, the place in the source, and what to type next. */
export function problemLines(problem: Problem, style: Style): readonly Line[] {
  return [
    indented(0, [toned('bad', `${style.symbols.bad} `), toned('strong', problem.message)], 2),
    ...placeLines(problem, style),
    ...nextLines(problem.next ?? [], 2),
  ];
}

/** Where a problem is, with the source line and a caret when it stands in a text file. */
export function placeLines(problem: Problem, style: Style): readonly Line[] {
  return [
    ...(problem.where === undefined ? [] : [indented(2, [toned('faint', 'where: '), problem.where], 7)]),
    ...excerptRows(problem, style).map((row): Line => ({ indent: 4, parts: [row], keep: true })),
    indented(2, [toned('faint', `code: ${problem.code}`)]),
  ];
}

/** Kept within the columns, so that the carets stay under what they mean; one column a character. */
function excerptRows(problem: Problem, style: Style): readonly string[] {
  const room = Math.max(20, style.width() - 12);
  const rows =
    [room, Math.floor(room / 2)]
      .map((width) => formatExcerpt(problem.details, width))
      .find((found) => found.every((row) => columnsOf(row) <= room + 6)) ?? [];
  return style.unicode ? rows : rows.map((row) => row.replace(/[^ -~]/g, '?'));
}

/** What to type next, each on a line of its own. */
export function nextLines(next: readonly string[], indent = 0): readonly Line[] {
  const [first] = next;
  if (first === undefined) return [];
  return [indented(indent, [toned('strong', 'next:')]), ...next.flatMap((typed) => nextLine(typed, indent + 2))];
}

/** A command stays whole, to be copied; what is said about it, in brackets after it, and what is none, does not. */
function nextLine(typed: string, indent: number): readonly Line[] {
  const [, text = typed, remark] = /^(.*?) {3,}\(?(.*?)\)?$/s.exec(typed) ?? [];
  return [
    /^(?:esr-ops|(?:add )?--\S+)(?: |$)/.test(text)
      ? command(indent, text)
      : indented(indent, [toned('command', text)], 2),
    ...(remark === undefined ? [] : [indented(indent + 4, [remark])]),
  ];
}

/** What forbids a step, the things in question, and the flags that would lift it. */
export function blockerLines(blockers: PlannedStep['blockers'], style: Style, indent = 0): readonly Line[] {
  return blockers.flatMap((blocker) => {
    const { shown, more } = foldList(blocker.items);
    return [
      indented(indent, [toned('bad', `${style.symbols.bad} blocked: `), blocker.message], 2),
      ...shown.map((item) => indented(indent + 4, [`${style.symbols.bullet} ${item}`], 2)),
      ...(more === 0 ? [] : [indented(indent + 4, [`and ${more} more`])]),
      ...blocker.remedies.flatMap((remedy) => [
        indented(indent + 2, [`to go on: ${remedy.label}`], 2),
        command(indent + 4, remedy.flag),
      ]),
    ];
  });
}

/** A warning that is no problem of its own. */
export function warningLine(style: Style, text: string, indent = 0): Line {
  return indented(indent, [toned('warn', `${style.symbols.warn} `), text], 2);
}

/** `label: text`, hanging under the text; after a long label only a little, or no room would be left. */
export function labelled(indent: number, label: string, text: string): Line {
  return indented(indent, [toned('faint', `${label} `), text], label.length > longestHang ? 2 : label.length + 1);
}

/** A heading. */
export function heading(text: string): Line {
  return line(toned('strong', text));
}
