/**
 * The text for a terminal that shows ASCII alone: every other character written out (`\u{e9}`), never replaced by
 * one that looks like it, because a name that is shown must be the name that is there. Applying it twice changes nothing.
 */
export function asciiOnly(text: string): string {
  return text.replace(/\P{ASCII}/gu, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
