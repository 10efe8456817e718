/**
 * Text from outside (another process, a server) for a message: control, BiDi and invisible characters are shown as
 * `\u{…}`, and what is longer than `limit` characters is cut with a `…`.
 */
export function visibleText(text: string, limit = 200): string {
  const shown = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.length > limit ? `${shown.slice(0, limit)}…` : shown;
}
