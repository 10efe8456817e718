/** What a check of a shape found wrong, as zod reports it. */
export interface ShapeIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The place and what is wrong there, in words: `steps.0.title: expected string, and there is nothing`. */
export function shapeWords(issue: ShapeIssue | undefined): string {
  const path = issue?.path.map(String).join('.') ?? '';
  const found = (issue?.message ?? 'another shape')
    .replace(/^Invalid input: /, '')
    .replace('received undefined', 'and there is nothing');
  return `${path === '' ? 'as a whole' : path}: ${found}`;
}
