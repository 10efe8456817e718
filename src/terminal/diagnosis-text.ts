import type { ExplainedFinding, RootCause } from '../core/causes.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Messages } from '../core/messages.ts';
import type { Implication } from '../core/implications.ts';
import type { SignatureMatch, SymptomReading } from '../core/signature.ts';
import { blank, indented, line, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import { adviceLines, nextStepLines, sinceWords } from './status-text.ts';
import type { Style } from './style.ts';
import { duration, instant } from './times.ts';
import { plural } from './value-words.ts';

/** What is wrong: the text that was given, causes with what they bring about, and what it means for the business. */
export function diagnosisLines({ diagnosis }: Messages['diagnosis.shown'], style: Style): readonly Line[] {
  const { symptom, roots, suffix, well, notConfigured } = diagnosis;
  return [
    heading(`Diagnosis of ${diagnosis.environment}, ${instant(diagnosis.at, style.timezone)}`),
    ...(symptom === null ? [] : symptomLines(symptom, style)),
    ...(roots.length === 0
      ? [blank, indented(0, [toned('good', `${style.symbols.good} `), nothingWords(diagnosis)], 2)]
      : roots.flatMap((root, index) => [blank, ...rootLines(root, index + 1, diagnosis, style)])),
    ...implicationLines(diagnosis.implications, style),
    ...adviceLines(diagnosis.advice, suffix, style),
    blank,
    ...(well.length === 0 ? [] : [labelled(0, 'Well:', `${well.join('; ')}.`)]),
    ...(notConfigured.length === 0
      ? []
      : [labelled(0, 'Not configured, so not looked at:', `${notConfigured.join('; ')}.`)]),
    line(toned('faint', `Looked for ${duration(diagnosis.tookMs)}. Nothing was changed.`)),
  ];
}

function nothingWords({ symptom }: Diagnosis): string {
  return symptom === null
    ? 'Nothing is wrong that can be seen from here.'
    : 'Nothing is wrong now that can be seen from here: the text tells of something that is over, or of a part that is not looked at.';
}

function rootLines({ cause, brings }: RootCause, number: number, diagnosis: Diagnosis, style: Style): readonly Line[] {
  const { symbols } = style;
  const now = Date.parse(diagnosis.at);
  const since = sinceWords(cause.since, now, false);
  return [
    indented(0, [`${number}. `, toned('bad', `${symbols.bad} `), toned('strong', cause.message)], 5),
    labelled(
      3,
      'cause    ',
      [cause.code, confidenceWords[cause.confidence], ...(since === '' ? [] : [since])].join(', '),
    ),
    ...cause.evidence.map((text) => labelled(3, 'evidence ', text)),
    labelled(3, 'means    ', cause.meaning),
    ...cause.blocks.map((text) => labelled(3, 'blocks   ', text)),
    ...bringsLines(brings, style),
    ...nextStepLines(cause, diagnosis.suffix, 3),
  ];
}

const confidenceWords = { certain: 'certain', likely: 'likely', possible: 'possible' } as const;

function bringsLines(brings: readonly ExplainedFinding[], { symbols }: Style): readonly Line[] {
  if (brings.length === 0) return [];
  return [
    indented(3, [toned('faint', 'explains, so no fault of its own:')]),
    ...brings.map((finding) => indented(5, [`${symbols.bullet} ${finding.code}: ${finding.message}`], 2)),
  ];
}

function symptomLines(symptom: SymptomReading, style: Style): readonly Line[] {
  const { matches, lines, from, looksCut } = symptom;
  const read = from === '--symptom' ? 'the text' : `${from} (${plural(lines, 'line')})`;
  return [
    blank,
    heading(`What ${read} says`),
    ...(matches.length === 0
      ? [line('No text of an error that is known is in it.'), ...(looksCut ? [cutWarning(style)] : [])]
      : matches.flatMap((match) => matchLines(match, looksCut, style))),
  ];
}

function cutWarning(style: Style): Line {
  return warningLine(style, "The text was cut off on its way: get the whole line from the service's own log.");
}

function matchLines(match: SignatureMatch, looksCut: boolean, style: Style): readonly Line[] {
  const { count, first, last, cutOff, meanings } = match;
  const times = count === 1 ? `line ${first.line}` : `${count} times, lines ${first.line} to ${last.line}`;
  return [
    indented(0, [`${style.symbols.step} `, toned('strong', match.title), toned('faint', ` (${times})`)], 2),
    indented(4, [toned('faint', first.text.trim())]),
    ...(cutOff === null
      ? []
      : [
          warningLine(
            style,
            `${looksCut ? 'It is cut off' : 'It does not say enough'}. Missing: ${cutOff.missing}.`,
            2,
          ),
          indented(4, [`Where to get it: ${cutOff.from}.`], 2),
        ]),
    ...meanings.flatMap(({ means, look, confidence, found, said }) => [
      indented(
        2,
        [
          `${style.symbols.bullet} `,
          toned(
            'strong',
            `${said > 0 ? 'it says so' : found.length > 0 ? `likely, as ${found.join(', ')} was found` : confidence}: `,
          ),
          means,
        ],
        2,
      ),
      indented(4, [toned('faint', 'look at: '), look], 2),
    ]),
  ];
}

function implicationLines(implications: readonly Implication[], style: Style): readonly Line[] {
  if (implications.length === 0) return [];
  return [
    blank,
    heading('What it means for the business, most urgent first'),
    ...implications.map(({ priority, text }) =>
      indented(2, [toned(priority === 1 ? 'bad' : 'plain', urgency[priority]), ` ${style.symbols.dash} ${text}`], 2),
    ),
  ];
}

const urgency = { 1: 'now', 2: 'today', 3: 'know' } as const;
