/** A moment in UTC and in a zone, each complete: `2026-03-22 06:25:00` and `2026-03-22 07:25:00 BST`. */
export function bothTimes(at: string, timezone: string): { readonly utc: string; readonly local: string } {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return { utc: at, local: at };
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    })
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: string): string => parts[name] ?? '';
  return {
    utc: date.toISOString().slice(0, 19).replace('T', ' '),
    local: `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`,
  };
}
