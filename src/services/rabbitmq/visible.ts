/** Foreign text on one line: control, line-breaking and direction-changing characters are written as escapes. */
export function visible(text: string, maxLength = 500): string {
  const shown = text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}...` : shown;
}
