import type { Confidence } from './finding.ts';
import type { SeenLine, Signature, SignatureMatch, SignatureMeaning, SymptomReading } from './signature.ts';

/** Characters of a line that are kept around what was seen. */
const keptCharacters = 400;

/** Takes lines one by one, so that a log of any size needs no more memory than its known texts. */
export interface SymptomMatcher {
  line(text: string): void;
  /** What it all came to. `found`: codes of findings, which bear out or leave open what the text can mean. */
  reading(from: string, bytes: number, found: readonly string[]): SymptomReading;
}

interface Compiled {
  readonly signature: Signature;
  readonly matches: readonly RegExp[];
  readonly whole: RegExp | null;
  readonly says: readonly (RegExp | null)[];
}

interface Tally {
  count: number;
  readonly first: SeenLine;
  last: SeenLine;
  wholeLines: number;
  readonly said: number[];
}

/** Compiles the signatures; a pattern that is none throws, which the check at build time rules out. */
export function createSymptomMatcher(signatures: readonly Signature[]): SymptomMatcher {
  const compiled = signatures.map(compile);
  // Most lines of a log hold nothing that is known: one expression tells so.
  const any = expression(signatures.flatMap(({ matches }) => matches.map((source) => `(?:${source})`)).join('|'));
  const tallies = new Map<Compiled, Tally>();
  let lines = 0;
  let lastLine = '';
  return {
    line: (text) => {
      lines += 1;
      if (text.trim() !== '') lastLine = text.slice(-200);
      if (!any.test(text)) return;
      for (const one of compiled) {
        const at = firstMatch(one.matches, text);
        if (at === null) continue;
        const seen = { line: lines, text: around(text, at) };
        const tally = tallies.get(one) ?? {
          count: 0,
          first: seen,
          last: seen,
          wholeLines: 0,
          said: one.says.map(() => 0),
        };
        tallies.set(one, tally);
        tally.count += 1;
        tally.last = seen;
        if (one.whole === null || one.whole.test(text)) tally.wholeLines += 1;
        for (const [index, says] of one.says.entries())
          if (says?.test(text) === true) tally.said[index] = (tally.said[index] ?? 0) + 1;
      }
    },
    reading: (from, bytes, found) => ({
      from,
      lines,
      bytes,
      matches: [...tallies].map(([one, tally]) => matchOf(one.signature, tally, found)),
      looksCut: /(?:\.\.\.|…)["'”“)\s]*$/.test(lastLine) || /reply-te(?!xt=)[a-z]*\W*$/.test(lastLine),
    }),
  };
}

function matchOf(signature: Signature, tally: Tally, found: readonly string[]): SignatureMatch {
  const { id, title, missing, from } = signature;
  const { count, first, last } = tally;
  const meanings = signature.meanings.map((meaning, index) => weigh(meaning, tally.said[index] ?? 0, found));
  const decided = meanings.some(({ said }) => said > 0);
  return {
    id,
    title,
    count,
    first,
    last,
    meanings: meanings
      .filter(({ said, found: borne }) => !decided || said > 0 || borne.length > 0)
      .sort((a, b) => rank[a.confidence] - rank[b.confidence]),
    cutOff: tally.wholeLines > 0 || decided || missing === '' ? null : { missing, from },
  };
}

const rank: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

function weigh({ means, look, found: wanted }: SignatureMeaning, said: number, found: readonly string[]) {
  const borne = wanted.filter((code) => found.includes(code));
  const confidence: Confidence = said > 0 ? 'certain' : borne.length > 0 ? 'likely' : 'possible';
  return { means, look, confidence, found: borne, said };
}

function compile(signature: Signature): Compiled {
  return {
    signature,
    matches: signature.matches.map(expression),
    whole: signature.whole === null ? null : expression(signature.whole),
    says: signature.meanings.map(({ says }) => (says === null ? null : expression(says))),
  };
}

function expression(source: string): RegExp {
  return new RegExp(source, 'i');
}

function firstMatch(expressions: readonly RegExp[], text: string): number | null {
  for (const one of expressions) {
    const found = one.exec(text);
    if (found !== null) return found.index;
  }
  return null;
}

function around(text: string, at: number): string {
  if (text.length <= keptCharacters) return text;
  const from = Math.max(0, Math.min(at - 100, text.length - keptCharacters));
  const cut = text.slice(from, from + keptCharacters);
  return `${from > 0 ? '...' : ''}${cut}${from + keptCharacters < text.length ? '...' : ''}`;
}
