/** A time in UTC, to the millisecond. */
export function utc(ms: number): string {
  return new Date(ms).toISOString();
}
