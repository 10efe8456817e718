import { localDate, plusDays } from '../../core/local-day.ts';
import { lastRun } from '../../core/schedule.ts';
import type { RunningLab } from '../lab-files.ts';
import { labLoads } from './etl-loads.ts';

/** What the lab's schedule has had on the day before its day and on its day, in order: that much has run in a lab. */
export function pastRuns(
  { zone, day, s3 }: Pick<NonNullable<RunningLab['etl']>, 'zone' | 'day' | 's3'>,
  nowMs: number,
): readonly { readonly loadType: string; readonly date: string }[] {
  return [plusDays(day, -1), day].flatMap((date) =>
    Object.entries(labLoads(s3?.bucket ?? null)).flatMap(([loadType, { cron }]) => {
      const last = lastRun({ cron, zone }, nowMs);
      return last === null || localDate(last, zone) < date ? [] : [{ loadType, date }];
    }),
  );
}
