import { Fault, type Problem } from '../core/fault.ts';
import type { ExcerptDetails } from '../core/excerpt.ts';

/** A part of a runbook's text: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Collects every fault of one runbook, so that they are reported together and in the order of the text. */
export interface Faults {
  /** `code` without its area: `unknown-fact` becomes `runbook.unknown-fact`. */
  add(code: string, span: Span, message: string): void;
  /** `file:line:column`, both counted from 1. */
  where(span: Span): string;
  readonly any: boolean;
  /** All that was added as one Fault. Only to be called when there is any. */
  toFault(): Fault;
}

/** Beyond this many the rest is counted: a file that isn't a runbook at all must not fill the screen. */
const most = 50;

/** Starts collecting the faults of the runbook with the given text. */
export function collectFaults(file: string, text: string): Faults {
  const found = new Map<string, { readonly code: string; readonly span: Span; readonly message: string }>();
  const where = (span: Span): string => {
    const { line, column } = placeOf(text, span.start);
    return `${file}:${line}:${column}`;
  };
  return {
    where,
    get any() {
      return found.size > 0;
    },
    add(code, span, message) {
      const key = `${span.start} ${message}`;
      if (!found.has(key)) found.set(key, { code, span, message });
    },
    toFault() {
      const sorted = [...found.values()].sort((a, b) => a.span.start - b.span.start);
      const shown = sorted.slice(0, most);
      const rest = sorted.length - shown.length;
      const [first, ...others] = shown.map(({ code, span, message }, index): Problem => {
        const problem = {
          code: `runbook.${code}`,
          where: where(span),
          details: excerptOf(text, span),
          exit: 'usage',
        } as const;
        if (index < shown.length - 1) return { ...problem, message };
        const ending = rest > 0 ? ` (${rest} more faults after this one.)` : '';
        return { ...problem, message: message + ending, next: [`correct ${file}, then: esr-ops runbook lint`] };
      });
      if (first === undefined) throw new TypeError('a runbook without faults was reported as faulty');
      return new Fault(first, ...others);
    },
  };
}

function placeOf(text: string, offset: number): { line: number; column: number; from: number } {
  const before = text.slice(0, offset);
  const from = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - from + 1, from };
}

function excerptOf(text: string, span: Span): ExcerptDetails {
  const { from } = placeOf(text, span.start);
  const lineBreak = text.indexOf('\n', from);
  const line = text.slice(from, lineBreak < 0 ? text.length : lineBreak).replace(/\r$/u, '');
  const caret = Math.min(span.start - from, line.length);
  return { line, caret, length: Math.max(1, Math.min(span.end - span.start, line.length - caret)) };
}
