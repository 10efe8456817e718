import type { ExcerptDetails } from '../core/excerpt.ts';

/** Where something stands in the text: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Line and column (both from 1) and the source line with what it covers. Whatever could be a secret is masked. */
export function excerptOf(text: string, span: Span): { readonly place: string; readonly details: ExcerptDetails } {
  const from = text.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = text.indexOf('\n', from);
  const line = text.slice(from, lineEnd === -1 ? text.length : lineEnd).replace(/\r$/u, '');
  const caret = Math.min(span.start - from, line.length);
  return {
    place: `${text.slice(0, from).split('\n').length}:${caret + 1}`,
    details: {
      line: withoutSecrets(line),
      caret,
      length: Math.max(1, Math.min(span.end - span.start, line.length - caret)),
    },
  };
}

/**
 * A line of a configuration with everything masked that may be a secret written in the wrong place: what follows
 * `password:` and its like unless it is a reference, and credentials in a URL. The length stays, so that carets fit.
 */
function withoutSecrets(line: string): string {
  return (
    line
      .replace(
        /((?:passw(?:or)?d|passphrase|pwd|secret(?:AccessKey)?|token|accessKeyId|\bkey)["']?\s*:\s*)(?!\s|\{\s*(?:env|file|command)\s*:)(.+)$/iu,
        (_, key: string, value: string) => key + '*'.repeat(value.length),
      )
      // A webhook's address is a secret from its path on.
      .replace(
        /(\burl["']?\s*:\s*["']?https?:\/\/[^\s/"']+\/)([^\s"']+)/giu,
        (_, start: string, path: string) => start + '*'.repeat(path.length),
      )
      .replace(/(:\/\/)([^\s/@]*@)/gu, (_, scheme: string, who: string) => `${scheme}${'*'.repeat(who.length - 1)}@`)
  );
}
