import { dateOfRun, deadlineOf, outlookFor, type DeadlineOutlook } from './deadline.ts';
import type { LoadType } from './load-type.ts';
import { lastRun, nextRun, runsBetween } from './schedule.ts';

/** One load type at a moment. Times in ms since the epoch. */
export interface TimetableRow {
  readonly loadType: string;
  readonly meaning: string;
  readonly example: boolean;
  /** `0 2 * * *`; null: only run by hand. */
  readonly cron: string | null;
  readonly zone: string | null;
  readonly lastMs: number | null;
  /** Date that the last run was for. */
  readonly lastDate: string | null;
  readonly nextMs: number | null;
  /** The last run began so recently that it should be going on. */
  readonly due: boolean;
  /** For the last run's date: whether a run that is started now would be in time. Null where nothing is known to close. */
  readonly outlook: DeadlineOutlook | null;
}

/** A run that the schedule had in the time asked for. Whether it ran is not known from a schedule. */
export interface ScheduledRun {
  readonly loadType: string;
  readonly atMs: number;
  readonly date: string;
  readonly means: string;
  /** What makes it good when it was missed: its next run after the moment asked for; null: none does. */
  readonly coveredBy: { readonly loadType: string; readonly atMs: number } | null;
  readonly outlook: DeadlineOutlook | null;
}

/** The schedule at a moment, and what it had since another. */
export interface Timetable {
  readonly atMs: number;
  readonly sinceMs: number | null;
  /** In the order of their next runs; those without a schedule last. */
  readonly rows: readonly TimetableRow[];
  /** Runs between `sinceMs` and `atMs`, in order; empty without `sinceMs`. */
  readonly missed: readonly ScheduledRun[];
}

/** What the schedule says at a moment: pure, no run is looked at. */
export function timetable(
  loads: { readonly loadTypes: readonly LoadType[]; readonly timezone: string },
  atMs: number,
  sinceMs: number | null,
): Timetable {
  const rows = loads.loadTypes.map((load) => rowOf(load, loads, atMs));
  const missed =
    sinceMs === null
      ? []
      : loads.loadTypes
          .flatMap((load) =>
            load.schedule === null
              ? []
              : runsBetween(load.schedule, sinceMs, atMs + 1).map((run) => scheduledRun(load, loads, run, atMs)),
          )
          .sort((a, b) => a.atMs - b.atMs);
  return {
    atMs,
    sinceMs,
    rows: rows.sort((a, b) => (a.nextMs ?? Infinity) - (b.nextMs ?? Infinity) || 0),
    missed,
  };
}

interface Loads {
  readonly loadTypes: readonly LoadType[];
  readonly timezone: string;
}

function rowOf(load: LoadType, loads: Loads, atMs: number): TimetableRow {
  const { schedule } = load;
  const lastMs = schedule === null ? null : lastRun(schedule, atMs);
  const lastDate = lastMs === null ? null : dateOfRun(load, lastMs, loads.timezone);
  const deadline = lastDate === null ? null : deadlineOf(load, lastDate, loads);
  return {
    loadType: load.name,
    meaning: load.meaning,
    example: load.example,
    cron: schedule?.cron ?? null,
    zone: schedule?.zone ?? null,
    lastMs,
    lastDate,
    nextMs: schedule === null ? null : nextRun(schedule, atMs),
    due: lastMs !== null && atMs - lastMs < load.usualMs,
    outlook: deadline === null ? null : outlookFor(load, deadline, atMs),
  };
}

function scheduledRun(load: LoadType, loads: Loads, runMs: number, atMs: number): ScheduledRun {
  const date = dateOfRun(load, runMs, loads.timezone);
  const deadline = deadlineOf(load, date, loads);
  const cover = loads.loadTypes.find(({ name }) => name === load.missed.coveredBy);
  const coverMs = cover?.schedule == null ? null : nextRun(cover.schedule, atMs);
  return {
    loadType: load.name,
    atMs: runMs,
    date,
    means: load.missed.means,
    coveredBy: cover === undefined || coverMs === null ? null : { loadType: cover.name, atMs: coverMs },
    outlook: deadline === null ? null : outlookFor(load, deadline, atMs),
  };
}
