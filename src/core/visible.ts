/**
 * What a terminal would act on, hide or show as a plain space: controls (C0, DEL, C1), format characters (BiDi, zero
 * width, soft hyphen, tags), line separators, spaces other than U+0020, lone surrogates, private and unassigned code
 * points, and all that Unicode says may be left out when shown (fillers, variation selectors).
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const emojiStyle = '\u{fe0f}';
const pictograph = /(?!\p{Cn})\p{Extended_Pictographic}$/u;

/**
 * The text with everything that can't be seen written out (`\n`, `\u{202e}`), so that what a person reads is what is
 * there. Printable text, accents, CJK and single emoji included, stays as it is. Applying it twice changes nothing.
 */
export function visible(text: string): string {
  return text.replace(hidden, (found: string, at: number) => {
    if (found === emojiStyle && pictograph.test(text.slice(Math.max(0, at - 2), at))) return found;
    return short[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
