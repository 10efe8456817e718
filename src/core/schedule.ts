import { Cron } from 'croner';
import type { LoadSchedule } from './load-type.ts';

/*
 * When a schedule runs, across clock changes too: a job at one time of day runs once on every day. One that the spring
 * change skips runs when the clocks have jumped; one whose time comes twice in autumn runs at the first.
 */

/** The last run at the moment or before it, ms since the epoch; null when there was none in years. */
export function lastRun(schedule: LoadSchedule, atMs: number): number | null {
  const runs = cronOf(schedule).previousRuns(2, new Date(atMs + 1000));
  return runs.map((run) => run.getTime()).find((run) => run <= atMs) ?? null;
}

/** The next run after the moment; null when there will be none in years. */
export function nextRun(schedule: LoadSchedule, atMs: number): number | null {
  return cronOf(schedule).nextRun(new Date(atMs))?.getTime() ?? null;
}

/** Runs from a moment on (itself included) and before another, in order; at most 10,000. */
export function runsBetween(schedule: LoadSchedule, fromMs: number, untilMs: number): readonly number[] {
  const cron = cronOf(schedule);
  const runs: number[] = [];
  let at = fromMs - 1;
  while (runs.length < 10_000) {
    const next = cron.nextRun(new Date(at))?.getTime();
    if (next === undefined || next >= untilMs) break;
    // From a part of a second on croner counts whole ones: a run just before the moment may come again.
    if (next >= fromMs) runs.push(next);
    at = Math.max(next, at + 1000);
  }
  return runs;
}

function cronOf({ cron, zone }: LoadSchedule): Cron {
  return new Cron(cron, { timezone: zone, paused: true, mode: '5-part' });
}
