const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * An instant in UTC and, beside it, in the zone: `2026-03-22 06:25:00Z (06:25 Europe/London)`. The date is repeated
 * when it is another day there. Takes RFC 3339 text or milliseconds since the epoch; text that is no instant is
 * given back as it is.
 */
export function instant(at: string | number, timezone: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const iso = date.toISOString();
  const day = iso.slice(0, 10);
  const local = inZone(date, timezone);
  const there = local.day === day ? local.time : `${local.day} ${local.time}`;
  return `${day} ${iso.slice(11, 19)}Z (${there} ${timezone})`;
}

function inZone(date: Date, timezone: string): { readonly day: string; readonly time: string } {
  let formatter = formatters.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(timezone, formatter);
  }
  const parts = Object.fromEntries(formatter.formatToParts(date).map(({ type, value }) => [type, value]));
  const part = (name: string): string => parts[name] ?? '';
  return { day: `${part('year')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` };
}

/** A length of time as a person says it: `250 ms`, `4.2 s`, `42 s`, `3 min 20 s`, `1 h 05 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1).replace('.0', '')} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
