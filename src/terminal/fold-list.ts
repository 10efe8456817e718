const shownAtMost = 5;

/** The first five, and how many more there are: a list of 5,000 queues must not hide what follows it. */
export function foldList<T>(items: readonly T[]): { readonly shown: readonly T[]; readonly more: number } {
  // Six items fold to nothing shorter: five and "and 1 more" take as many lines.
  const shown = items.length <= shownAtMost + 1 ? items : items.slice(0, shownAtMost);
  return { shown, more: items.length - shown.length };
}

/** `a, b, c` or `a, b, c, d, e and 12 more`. */
export function foldWords(items: readonly string[]): string {
  const { shown, more } = foldList(items);
  return shown.join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
