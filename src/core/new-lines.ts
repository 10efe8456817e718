/** How many of the last known lines must be found again, so that one that comes often does not mislead. */
const anchorLines = 5;

/** The lines of the end of a log that were not there before. When what was there is not found again: all of them. */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  // The whole log is still there: then what was added may well say the same once more.
  if (before.every((line, index) => now[index] === line)) return now.slice(before.length);
  const anchor = before.slice(-anchorLines);
  if (anchor.length === 0) return now;
  for (let end = now.length; end >= anchor.length; end -= 1) {
    if (anchor.every((line, index) => now[end - anchor.length + index] === line)) return now.slice(end);
  }
  return now;
}
