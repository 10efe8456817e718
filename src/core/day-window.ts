import { Temporal } from 'temporal-polyfill';
import { Fault } from './fault.ts';

/** A calendar day of a zone. */
export interface DayWindow {
  /** `2026-03-22` */
  readonly date: string;
  /** Its first moment, and the first one of the next day, ms since the epoch: whole seconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The day that a date names in a zone: 23 or 25 hours when its clocks change. A text that is no date is a Fault (exit usage). */
export function dayWindow(text: string, timezone: string): DayWindow {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? plainDate(text) : null;
  if (day === null)
    throw new Fault({
      code: 'date.malformed',
      message: `${JSON.stringify(text)} is not a date that exists.`,
      where: '--date',
      exit: 'usage',
      next: ['write it as 2026-03-22'],
    });
  const startOf = (one: Temporal.PlainDate): number => one.toZonedDateTime(timezone).epochMilliseconds;
  return { date: day.toString(), fromMs: startOf(day), untilMs: startOf(day.add({ days: 1 })) };
}

/** So many days before a date, as `2026-03-22`. */
export function daysBefore(date: string, days: number): string {
  return Temporal.PlainDate.from(date).subtract({ days }).toString();
}

/** A moment's local date and time in a zone, as if it were UTC, ms: what a DATETIME of local times is compared with. */
export function civilMs(epochMs: number, timezone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timezone).toPlainDateTime();
  return local.toZonedDateTime('UTC').epochMilliseconds;
}

function plainDate(text: string): Temporal.PlainDate | null {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return null;
  }
}
