import type { Confidence } from './finding.ts';

/** One thing that a text can mean. */
export interface SignatureMeaning {
  readonly means: string;
  /** Regular expression (source) of words that decide for this meaning; null: the text alone never does. */
  readonly says: string | null;
  /** What to look at to tell. */
  readonly look: string;
  /** Codes of findings that bear it out when they are found now. */
  readonly found: readonly string[];
}

/** A text that is known, as `runbooks/signatures.yaml` has it. Expressions are sources, matched case-insensitively. */
export interface Signature {
  readonly id: string;
  readonly title: string;
  readonly matches: readonly string[];
  /** What a text must hold to tell its meanings apart; null: nothing more is needed. */
  readonly whole: string | null;
  /** What a text without that lacks, and where to get it; empty where `whole` is null. */
  readonly missing: string;
  readonly from: string;
  readonly meanings: readonly [SignatureMeaning, ...SignatureMeaning[]];
}

/** A line in which a signature was seen. */
export interface SeenLine {
  /** Counted from 1. */
  readonly line: number;
  /** The line, at most 400 characters of it around what was seen. Raw: whoever shows it makes it visible. */
  readonly text: string;
}

/** A known text that was seen, and what it means here. */
export interface SignatureMatch {
  readonly id: string;
  readonly title: string;
  readonly count: number;
  readonly first: SeenLine;
  readonly last: SeenLine;
  /** Surest first; those that the text's own words speak against are left out. */
  readonly meanings: readonly {
    readonly means: string;
    readonly look: string;
    readonly confidence: Confidence;
    /** Findings that bear it out. */
    readonly found: readonly string[];
    /** Lines whose own words say so. */
    readonly said: number;
  }[];
  /** What is missing to tell, when no line was whole. */
  readonly cutOff: { readonly missing: string; readonly from: string } | null;
}

/** What a text or a log came to. */
export interface SymptomReading {
  /** `--symptom`, a file's path, or `standard input`. */
  readonly from: string;
  readonly lines: number;
  readonly bytes: number;
  /** In the order in which they were first seen. */
  readonly matches: readonly SignatureMatch[];
  /** The text ends in dots or inside a word of the protocol: it was cut off on its way. */
  readonly looksCut: boolean;
}
