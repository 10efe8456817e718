const tokens =
  /\/\/[^\n]*|"{3}(?:\\[^]|[^\\])*?(?:"{3}|$)|'{3}(?:\\[^]|[^\\])*?(?:'{3}|$)|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?|[A-Za-z_]\w*(?:-\w+)*/gu;

/**
 * Replaces hyphens within names by underscores, position by position, so that `inputs.force-recreate` is one name
 * to a CEL parser and not a subtraction. Nothing is lost: conditions have no arithmetic. Text between quotes stays
 * as it is.
 */
export function maskHyphens(source: string): string {
  return source.replaceAll(tokens, (token) => (/^[A-Za-z_][\w-]*$/u.test(token) ? token.replaceAll('-', '_') : token));
}
