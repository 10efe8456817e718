/** A piece of text with `${…}` references: plain text, or the name within the braces and where it stands. */
export type TextPart =
  | { readonly is: 'text'; readonly text: string }
  /** `start` and `end` count in the whole text and include `${` and `}`; the name is as written, untrimmed. */
  | { readonly is: 'reference'; readonly name: string; readonly start: number; readonly end: number }
  /** `${` without its `}`. */
  | { readonly is: 'open'; readonly start: number; readonly end: number };

/** Splits text into what stands for itself and what is a reference. */
export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let last = 0;
  for (const match of text.matchAll(/\$\{(?:([^{}]*)\}|)/gu)) {
    const start = match.index;
    const end = start + match[0].length;
    if (start > last) parts.push({ is: 'text', text: text.slice(last, start) });
    parts.push(match[1] === undefined ? { is: 'open', start, end } : { is: 'reference', name: match[1], start, end });
    last = end;
  }
  if (last < text.length) parts.push({ is: 'text', text: text.slice(last) });
  return parts;
}

/** The name of a text that is exactly one reference, or null. */
export function soleReference(text: string): string | null {
  const [only, ...others] = partsOf(text);
  return only?.is === 'reference' && others.length === 0 ? only.name : null;
}
