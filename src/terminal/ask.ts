import type { Answer, Question } from '../core/host.ts';
import { visible } from '../core/visible.ts';
import { asciiOnly } from './ascii-only.ts';
import { blank, indented, line, textLines, toned, type Line } from './lines.ts';

/** What came of asking for one line. */
export type LineAnswer =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'closed' } | { readonly kind: 'interrupted' };

/** Asks for one line at a prompt of a few words; what was typed before the prompt appeared doesn't count. */
export type ReadLine = (prompt: string) => Promise<LineAnswer>;

type Choose = Extract<Question, { kind: 'choose' }>;
type Understood = Answer | { readonly again: readonly Line[] };

const attempts = 3;

/** Asks questions of a person. Enter alone, end of input and Ctrl-C are no (Enter goes on only at `continue`). */
export function createAsker(terminal: {
  readonly read: ReadLine;
  readonly print: (lines: readonly Line[]) => void;
  readonly redact: (text: string) => string;
}): (question: Question) => Promise<Answer> {
  return async (question) => {
    terminal.print([blank, ...questionLines(question)]);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const typed = await terminal.read(visible(terminal.redact(promptOf(question))));
      if (typed.kind !== 'line') return typed;
      const answer = understand(question, typed.text);
      if (!('again' in answer)) return answer;
      const last = attempt === attempts;
      terminal.print([
        ...answer.again,
        line(last ? 'Taken as no after three tries.' : `Try ${attempt + 1} of ${attempts}.`),
      ]);
    }
    return { kind: 'no' };
  };
}

function questionLines(question: Question): readonly Line[] {
  const text =
    question.kind === 'write' ? textLines(question.text, 0, 'strong') : [line(toned('strong', question.text))];
  switch (question.kind) {
    case 'type':
      return question.text.includes(question.need.effect)
        ? text
        : [...text, line(toned('warn', 'You agree that '), question.need.effect, '.')];
    case 'choose':
      return [...text, ...question.options.map((option, at) => indented(2, [`${at + 1}  ${option.label}`], 3))];
    case 'continue':
    case 'agree':
    case 'write':
      return text;
    default:
      return question satisfies never;
  }
}

/** Short, because a prompt that wraps is redrawn badly when the terminal is resized; the words stand above it. */
function promptOf(question: Question): string {
  switch (question.kind) {
    case 'continue':
      return 'Enter goes on, n stops:';
    case 'agree':
      return 'y/N:';
    case 'type':
      return `Type ${question.need.typed} to agree (Enter: no):`;
    case 'write':
      return 'In your words (Enter: stop):';
    case 'choose':
      return `1-${question.options.length} (Enter: none):`;
    default:
      return question satisfies never;
  }
}

function understand(question: Question, typed: string): Understood {
  const word = typed.trim().toLowerCase();
  switch (question.kind) {
    case 'continue':
      if (word === '' || word === 'y' || word === 'yes') return { kind: 'yes' };
      return yesOrNo(word, typed);
    case 'agree':
      if (word === '') return { kind: 'no' };
      return yesOrNo(word, typed);
    case 'type':
      return understandName(question.need.typed, typed);
    case 'write':
      return /[^\s\p{C}]/u.test(typed) ? { kind: 'text', text: typed.trim() } : { kind: 'no' };
    case 'choose':
      return understandChoice(question, word);
    default:
      return question satisfies never;
  }
}

function yesOrNo(word: string, typed: string): Understood {
  if (word === 'y' || word === 'yes') return { kind: 'yes' };
  if (word === 'n' || word === 'no') return { kind: 'no' };
  return { again: [line(`Not understood: "${typed}". Type y or n.`)] };
}

/** Composed and decomposed accents look the same, and what can't be typed is shown written out: both are accepted. */
function understandName(expected: string, typed: string): Understood {
  if (typed === '') return { kind: 'no' };
  const shown = visible(expected);
  if (typed.normalize() === expected.normalize() || typed === shown || typed === asciiOnly(shown))
    return { kind: 'text', text: expected };
  return { again: [line('That is not the name. Expected ', `"${expected}"`, ', typed ', `"${typed}"`, '.')] };
}

function understandChoice(question: Choose, word: string): Understood {
  if (word === '') return { kind: 'no' };
  const option = /^\d{1,4}$/.test(word) ? question.options[Number(word) - 1] : undefined;
  if (option !== undefined) return { kind: 'text', text: option.value };
  return { again: [line(`Type a number from 1 to ${question.options.length}.`)] };
}
