import type { LoadType } from './load-type.ts';
import { localDate, momentOf, plusDays, startOfDay } from './local-day.ts';
import { nextRun, runsBetween } from './schedule.ts';

/** When it is too late for a load type to run for a date, and whose doing that is. */
export interface Deadline {
  /** Ms since the epoch. */
  readonly atMs: number;
  /** The load type that starts then without it; null: its own configured time. */
  readonly feeds: string | null;
}

/** How a run that starts now stands to its deadline. */
export interface DeadlineOutlook {
  readonly deadline: Deadline;
  /** Ms left until then; negative when it has passed. */
  readonly leftMs: number;
  /** Ms that a run usually takes. */
  readonly usualMs: number;
  readonly is: 'makes-it' | 'cannot-make-it' | 'passed';
}

/** Zone that a load type's times of day are in. */
export function zoneOf(load: LoadType, timezone: string): string {
  return load.schedule?.zone ?? timezone;
}

/** The date that a run of a load type at a moment is for, unless told another. */
export function dateOfRun(load: LoadType, atMs: number, timezone: string): string {
  const day = localDate(atMs, zoneOf(load, timezone));
  return load.defaultDate === 'today' ? day : plusDays(day, -1);
}

/** When a load type runs by itself for a date, ms since the epoch; null without a schedule, or not on that day. */
export function runForDate(load: LoadType, date: string, timezone: string): number | null {
  if (load.schedule === null) return null;
  const [from, until] = dayOfRun(load, date, timezone);
  return runsBetween(load.schedule, from, until)[0] ?? null;
}

/**
 * The deadline of a load type for a date: its own closing time on the day on which it runs; else the first start after
 * its own of anything that it feeds. Null where neither is known.
 */
export function deadlineOf(
  load: LoadType,
  date: string,
  { loadTypes, timezone }: { readonly loadTypes: readonly LoadType[]; readonly timezone: string },
): Deadline | null {
  const [from, until] = dayOfRun(load, date, timezone);
  const zone = zoneOf(load, timezone);
  if (load.closesAt !== null) {
    const closes = momentOf(localDate(from, zone), load.closesAt, zone);
    const run = runForDate(load, date, timezone);
    // Closing before it has run means the next day's time: after midnight.
    const nextDay = momentOf(localDate(until, zone), load.closesAt, zone);
    return { atMs: run !== null && closes <= run ? nextDay : closes, feeds: null };
  }
  const from0 = runForDate(load, date, timezone) ?? from;
  const fed = loadTypes
    .filter(({ name, schedule }) => schedule !== null && load.feeds.includes(name))
    .flatMap(({ name, schedule }) => {
      const atMs = schedule === null ? null : nextRun(schedule, from0);
      return atMs === null ? [] : [{ atMs, feeds: name }];
    })
    .sort((a, b) => a.atMs - b.atMs);
  return fed[0] ?? null;
}

/** Whether a run that starts at a moment and takes as long as usual is done before the deadline. */
export function outlookFor(load: LoadType, deadline: Deadline, atMs: number): DeadlineOutlook {
  const leftMs = deadline.atMs - atMs;
  const is = leftMs <= 0 ? 'passed' : leftMs < load.usualMs ? 'cannot-make-it' : 'makes-it';
  return { deadline, leftMs, usualMs: load.usualMs, is };
}

/** The local day on which a run for the date takes place, from its begin to the next day's. */
function dayOfRun(load: LoadType, date: string, timezone: string): readonly [number, number] {
  const zone = zoneOf(load, timezone);
  const day = load.defaultDate === 'today' ? date : plusDays(date, 1);
  return [startOfDay(day, zone), startOfDay(plusDays(day, 1), zone)];
}
