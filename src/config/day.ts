import { Temporal } from 'temporal-polyfill';
import { Fault } from '../core/fault.ts';
import type { S3Day } from '../core/s3-check.ts';
import { visible } from '../core/visible.ts';

/**
 * A date that was typed (`2026-03-22`, `today`, `yesterday`) as a day in a zone, which a clock change makes 23 or 25
 * hours long. Faults: `day.malformed` (exit usage).
 */
export function parseDay(text: string, { now, timezone }: { readonly now: number; readonly timezone: string }): S3Day {
  const typed = text.trim().toLowerCase();
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const date =
    typed === 'today' ? today : typed === 'yesterday' ? today.subtract({ days: 1 }) : plainDate(text, typed, today);
  const from = date.toZonedDateTime(timezone);
  return {
    date: date.toString(),
    fromMs: from.epochMilliseconds,
    toMs: date.add({ days: 1 }).toZonedDateTime(timezone).epochMilliseconds,
  };
}

function plainDate(text: string, typed: string, today: Temporal.PlainDate): Temporal.PlainDate {
  try {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) throw new RangeError(typed);
    return Temporal.PlainDate.from(typed, { overflow: 'reject' });
  } catch {
    throw new Fault({
      code: 'day.malformed',
      message: `\`${visible(text.slice(0, 40))}\` is not a date that exists.`,
      exit: 'usage',
      next: [`--date ${today.toString()}`, '--date yesterday'],
    });
  }
}
