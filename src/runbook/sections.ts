import type { Span } from './faults.ts';

/** One `## id — Title` section of a runbook's prose. */
interface Section {
  readonly id: string;
  /** Text after the id and its separator; the id itself when there is none. */
  readonly title: string;
  readonly prose: string;
  /** Where the id stands. */
  readonly span: Span;
}

/** The Markdown of a runbook: what stands before the first section (without its `#` title), and the sections. */
export interface Prose {
  readonly intro: string;
  readonly sections: readonly Section[];
}

/** Splits Markdown at its `## ` headings. Lines within fenced code are no headings. */
export function readProse(text: string, bodyStart: number): Prose {
  const headings: (Omit<Section, 'prose'> & { readonly from: number; readonly to: number })[] = [];
  let fence: string | null = null;
  let offset = bodyStart;
  for (const whole of text.slice(bodyStart).split('\n')) {
    const line = whole.replace(/\r$/u, '');
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/u.exec(line);
    if (fence !== null) {
      if (mark?.[1]?.startsWith(fence) === true && mark[2]?.trim() === '') fence = null;
    } else if (mark !== null) fence = mark[1] ?? null;
    else if (/^ {0,3}##(?:[ \t]|$)/u.test(line)) headings.push(headingOf(line, offset, offset + whole.length));
    offset += whole.length + 1;
  }
  const sections = headings.map(({ id, title, span, to }, index) => {
    const end = headings[index + 1]?.from ?? text.length;
    return { id, title, span, prose: withoutBlankEdges(text.slice(to, end)) };
  });
  const before = text.slice(bodyStart, headings[0]?.from ?? text.length);
  return { intro: withoutBlankEdges(before.replace(/^\s*#(?!#)[^\n]*\n?/u, '')), sections };
}

function headingOf(
  line: string,
  from: number,
  to: number,
): Omit<Section, 'prose'> & { readonly from: number; readonly to: number } {
  const [lead = ''] = /^ {0,3}##[ \t]*/u.exec(line) ?? [];
  const rest = line
    .slice(lead.length)
    .trimEnd()
    .replace(/(?<=\s)#+$/u, '')
    .trimEnd();
  const [id = ''] = /^[^\s:—–]*/u.exec(rest) ?? [];
  const title = rest
    .slice(id.length)
    .replace(/^\s*[—–:-]?\s*/u, '')
    .trim();
  const start = from + lead.length;
  return { id, title: title === '' ? id : title, span: { start, end: start + Math.max(1, id.length) }, from, to };
}

/** Blank lines only: four spaces at the beginning of the first line make it code. */
function withoutBlankEdges(text: string): string {
  return text.replace(/^(?:[ \t]*\r?\n)+/u, '').trimEnd();
}
