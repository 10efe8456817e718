import { Temporal } from 'temporal-polyfill';

/* Days and times of day in a zone. The machine's own zone never matters. */

/** The date (`2026-03-29`) that a moment is on in a zone. */
export function localDate(ms: number, zone: string): string {
  return zoned(ms, zone).toPlainDate().toString();
}

/** The time of day (`17:30`) that a moment has in a zone. */
export function localTime(ms: number, zone: string): string {
  return zoned(ms, zone).toPlainTime().toString({ smallestUnit: 'minute' });
}

/** The date so many days later. */
export function plusDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** When a date begins in a zone, ms since the epoch. */
export function startOfDay(date: string, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

/**
 * The moment at which a zone's clocks show a time of day on a date, ms since the epoch. One that the spring change
 * skips is taken as much later as the clocks jumped; one that comes twice in autumn is the first.
 */
export function momentOf(date: string, time: string, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) })
    .epochMilliseconds;
}

function zoned(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
}
/** Whether a text is a date that exists, as `2026-03-29`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}
