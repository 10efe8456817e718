/**
 * At most so many characters from the end of a text, cut between words: half of a word may be half of a secret, which
 * nobody would recognise any more. A text that is one longer word is not shown.
 */
export function endOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.slice(-most);
  if (/\s/.test(text.charAt(text.length - most - 1))) return end;
  const gap = end.search(/\s/);
  return gap < 0 ? tooLong(text) : end.slice(gap).trimStart();
}

/** At most so many characters from the beginning of a text, cut between words as in {@link endOf}. */
export function beginningOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const beginning = text.slice(0, most);
  if (/\s/.test(text.charAt(most))) return beginning;
  const gap = /\s\S*$/.exec(beginning)?.index ?? -1;
  return gap < 0 ? tooLong(text) : beginning.slice(0, gap);
}

function tooLong(text: string): string {
  return `(${text.length} characters without a gap)`;
}

/** What a command said last, on one line. */
export function lastWords({ stderr, stdout }: { readonly stderr: string; readonly stdout: string }): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim());
  return endOf(
    lines
      .filter((line) => line !== '')
      .slice(-3)
      .join('; '),
    500,
  );
}
