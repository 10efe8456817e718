import { isToActOn, type Finding, type Look, type Since } from '../core/finding.ts';
import type { Messages } from '../core/messages.ts';
import { blank, command, indented, line, toned, type Line, type Part } from './lines.ts';
import { heading } from './problem-text.ts';
import type { Style, Tone } from './style.ts';
import { duration, instant } from './times.ts';
import { plural } from './value-words.ts';

/** Columns for a part's name. */
const nameColumns = 9;

/** One screen: a line for each part, then what is wrong with its one next command, causes first. */
export function statusLines(payload: Messages['status.shown'], style: Style): readonly Line[] {
  const { looks, roots, at, suffix } = payload;
  const findings = looks.flatMap((look) => look.findings);
  const toAct = findings.filter(isToActOn);
  // Several findings may have one code, such as one for each queue: each is shown, not the first of them again and again.
  const left = [...findings];
  const causes = roots.flatMap(({ cause, brings }) => {
    const at = left.findIndex(({ code }) => code === cause);
    return at === -1 ? [] : left.splice(at, 1).map((finding) => ({ finding, brings }));
  });
  return [
    heading(`Interface ${payload.environment}, ${instant(at, style.timezone)}`),
    ...looks.map((look) => lookLine(look, Date.parse(at), style)),
    ...causes
      .filter(({ finding }) => isToActOn(finding))
      .flatMap(({ finding, brings }) => [blank, ...causeLines(finding, brings.length, suffix, style)]),
    ...adviceLines(
      causes.map(({ finding }) => finding).filter((finding) => !isToActOn(finding)),
      suffix,
      style,
    ),
    blank,
    ...(toAct.length === 0
      ? [indented(0, [toned('good', `${style.symbols.good} `), 'Nothing to act on.'], 2)]
      : [
          indented(
            0,
            [
              toned('bad', `${style.symbols.bad} `),
              `${plural(toAct.length, 'finding')} to act on. What each means, and what comes of what:`,
            ],
            2,
          ),
          command(2, `esr-ops diagnose${suffix}`),
        ]),
  ];
}

function lookLine(look: Look, nowMs: number, style: Style): Line {
  const { mark, tone, word } = stateMark(look.state, style);
  const since = look.state === 'not-configured' ? '' : sinceWords(look.since, nowMs, look.state === 'ok');
  const parts: Part[] = [
    toned(tone, `${mark} `),
    toned('strong', look.place.padEnd(nameColumns)),
    ' ',
    ...(word === '' ? [] : [toned(tone, `${word} `)]),
    look.subject,
    ...(look.figure === '' ? [] : [`: ${look.figure}`]),
    ...(since === '' ? [] : [toned('faint', `, ${since}`)]),
  ];
  return indented(0, parts, nameColumns + 3);
}

/** Mark and word of a state; the word says it where there is no colour. */
function stateMark(
  state: Look['state'],
  { symbols }: Style,
): { readonly mark: string; readonly tone: Tone; readonly word: string } {
  switch (state) {
    case 'ok':
      return { mark: symbols.good, tone: 'good', word: '' };
    case 'advice':
      return { mark: symbols.good, tone: 'good', word: '' };
    case 'broken':
      return { mark: symbols.bad, tone: 'bad', word: 'BROKEN' };
    case 'degraded':
      return { mark: symbols.warn, tone: 'warn', word: 'DEGRADED' };
    case 'unseen':
      return { mark: '?', tone: 'warn', word: 'NOT SEEN' };
    case 'not-configured':
      return { mark: '-', tone: 'faint', word: 'not configured,' };
    default:
      return state satisfies never;
  }
}

/** How long a state has lasted, as far as that is known. */
export function sinceWords(since: Since | null, nowMs: number, well: boolean): string {
  if (since === null) return '';
  const ago = duration(Math.max(0, nowMs - since.ms));
  switch (since.how) {
    case 'since':
      return `for ${ago}`;
    case 'after':
      return well ? `for less than ${ago}` : `was still well ${ago} ago`;
    case 'before':
      return `for ${ago} at least`;
    default:
      return since.how satisfies never;
  }
}

/** One cause with its next command. */
function causeLines(finding: Finding, brings: number, suffix: string, style: Style): readonly Line[] {
  const { mark, tone } = stateMark(finding.severity, style);
  return [
    indented(
      0,
      [
        toned(tone, `${mark} `),
        toned('strong', finding.message),
        ...(brings === 0 ? [] : [toned('faint', ` It explains ${plural(brings, 'other finding')}.`)]),
      ],
      2,
    ),
    ...nextStepLines(finding, suffix, 2),
  ];
}

/** The one next command, and what a person has to do before it. */
export function nextStepLines({ next }: Finding, suffix: string, indent: number): readonly Line[] {
  return [
    ...(next.byHand === null ? [] : [indented(indent, [toned('strong', 'by hand: '), next.byHand], 9)]),
    indented(indent, [toned('strong', 'next:')]),
    command(indent + 2, withSuffix(next.command, suffix)),
  ];
}

/** Flags go before `--`: what comes after that is names. */
function withSuffix(typed: string, suffix: string): string {
  if (!typed.startsWith('esr-ops ')) return typed;
  const at = typed.indexOf(' -- ');
  return at === -1 ? typed + suffix : typed.slice(0, at) + suffix + typed.slice(at);
}

/** What is not wrong, and would make the next fault worse. */
export function adviceLines(advice: readonly Finding[], suffix: string, style: Style): readonly Line[] {
  if (advice.length === 0) return [];
  return [
    blank,
    line('Worth doing before the next fault:'),
    ...advice.flatMap((finding) => [
      indented(2, [`${style.symbols.bullet} ${finding.message}`], 2),
      ...(finding.next.byHand === null ? [] : [indented(4, [finding.next.byHand])]),
      command(4, withSuffix(finding.next.command, suffix)),
    ]),
  ];
}

/** Known errors of logs before and after a step. */
export function errorShiftLines({ shifts }: Messages['step.errors']): readonly Line[] {
  const list = (label: string, titles: readonly string[]): readonly string[] =>
    titles.length === 0 ? [] : [`${label}: ${titles.join('; ')}`];
  return shifts.map(({ component, gone, fresh, still }) =>
    indented(
      2,
      [
        toned('faint', `errors in the log of ${component} `),
        [...list('gone', gone), ...list('new', fresh), ...list('still there', still)].join(' / '),
      ],
      2,
    ),
  );
}
