/**
 * `MAXWELL_OPTIONS` of Maxwell's image: arguments, cut at white space by a shell that has no quotes left to look at, so
 * that no value in it can hold white space, and one with `*`, `?` or `[` may become file names.
 */

/** Options by name, as `--name=value`, `--name value` or `--name` (`true`); the last of several counts. */
export function readOptions(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [at, word] of words.entries()) {
    const found = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word);
    if (found === null) continue;
    const next = words[at + 1];
    options.set(found[1] ?? '', found[2] ?? (next !== undefined && !next.startsWith('-') ? next : 'true'));
  }
  return options;
}

/** Words of the variable's value. */
export function optionWords(text: string): readonly string[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== '');
}

/**
 * The value with one option set, its last occurrence where there is one, white space around kept. Null when the value
 * can't be passed on by the shell that cuts it.
 */
export function setOption(text: string, name: string, value: string): string | null {
  if (value === '' || /[\s*?[\]\\'"]/.test(value)) return null;
  const found = [
    ...text.matchAll(/(^|[ \t\n])(--?([A-Za-z][\w.-]*)(?:=(\S*)|([ \t\n]+)([^-\s]\S*))?)(?=$|[ \t\n])/g),
  ].findLast((match) => match[3] === name);
  if (found === undefined) return `${text}${text === '' || /\s$/.test(text) ? '' : ' '}--${name}=${value}`;
  if ((found[4] ?? found[6]) === value) return text;
  const at = found.index + (found[1] ?? '').length;
  const written = found[5] === undefined ? `--${name}=${value}` : `--${name}${found[5]}${value}`;
  return `${text.slice(0, at)}${written}${text.slice(at + (found[2] ?? '').length)}`;
}
