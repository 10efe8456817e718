import type { Implication } from './implications.ts';
import { localTime } from './local-day.ts';
import type { LoadType } from './load-type.ts';
import { timetable } from './timetable.ts';

/** How far ahead a deadline counts as next. */
const aheadMs = 12 * 3_600_000;

/** Deadlines told of; more are in `esr-ops schedule`. */
const most = 5;

/**
 * What is due next while something is wrong: the outputs that will be missed, until when there is time, and what makes
 * each good by itself. Pure arithmetic on the configuration.
 */
export function deadlineImplications(
  loads: { readonly loadTypes: readonly LoadType[]; readonly timezone: string },
  nowMs: number,
): readonly Implication[] {
  return timetable(loads, nowMs, null)
    .rows.flatMap((row): readonly { readonly atMs: number; readonly implication: Implication }[] => {
      const load = loads.loadTypes.find(({ name }) => name === row.loadType);
      if (load === undefined) return [];
      const closes = row.outlook?.deadline.atMs ?? null;
      const open = closes !== null && closes > nowMs && closes - nowMs <= aheadMs;
      const atMs = open ? closes : row.nextMs;
      if (atMs === null || atMs - nowMs > aheadMs) return [];
      const when = `${localTime(atMs, row.zone ?? loads.timezone)} (in ${minutes(atMs - nowMs)})`;
      const covered =
        load.missed.coveredBy === null
          ? (load.missed.instead ?? 'Nothing makes that good by itself.')
          : `${load.missed.coveredBy} makes it good by itself.`;
      const text = open
        ? `${load.name} can still be made good until ${when}. If not: ${load.missed.means} ${covered}`
        : `${load.name} runs at ${when} and needs what is broken to be right by then. If not: ${load.missed.means} ${covered}`;
      return [{ atMs, implication: { priority: load.missed.coveredBy === null ? 1 : 2, text } }];
    })
    .sort((a, b) => a.atMs - b.atMs)
    .slice(0, most)
    .map(({ implication }) => implication);
}

function minutes(ms: number): string {
  const all = Math.round(ms / 60_000);
  return all < 60 ? `${all} min` : `${Math.floor(all / 60)} h ${String(all % 60).padStart(2, '0')} min`;
}
