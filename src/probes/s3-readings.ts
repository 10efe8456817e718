import { dateOfRun, zoneOf } from '../core/deadline.ts';
import type { Environment } from '../core/environment.ts';
import { plusDays, startOfDay } from '../core/local-day.ts';
import type { S3Buckets } from '../core/ports-s3.ts';
import { createS3Check, expectationOf, type S3Expectation } from '../core/s3-check.ts';
import { lastRun } from '../core/schedule.ts';
import type { MakeReading, ProbeScope } from './scope.ts';

/**
 * Readings of the files that should be there by now: of each scheduled load type that writes to S3, those of its last run
 * that had its usual time and the time that its proof may take.
 */
export function s3Readings(
  { loadTypes, localOffices, timezone }: Environment,
  buckets: S3Buckets,
  nowMs: number,
  reading: MakeReading,
): ProbeScope['s3'] {
  const due = loadTypes.flatMap((load) => {
    const ran = load.schedule === null ? null : lastRun(load.schedule, nowMs - load.usualMs - load.evidenceMs);
    if (ran === null) return [];
    const date = dateOfRun(load, ran, timezone);
    return load.writes.flatMap((write) =>
      write.kind === 's3'
        ? [{ date, zone: zoneOf(load, timezone), of: expectationOf(load.name, write, localOffices) }]
        : [],
    );
  });
  const groups = new Map<string, { date: string; zone: string; bucket: string; of: S3Expectation[] }>();
  for (const { date, zone, of } of due) {
    const key = JSON.stringify([of.write.bucket, date]);
    const group = groups.get(key) ?? { date, zone, bucket: of.write.bucket, of: [] };
    group.of.push(of);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ date, zone, bucket, of }) => ({
    bucket,
    date,
    sets: reading(`bucket ${bucket}`, async () => {
      const day = { date, fromMs: startOfDay(date, zone), toMs: startOfDay(plusDays(date, 1), zone) };
      const known = due.filter((other) => other.of.write.bucket === bucket).map((other) => other.of);
      const check = createS3Check(of, day, known);
      for await (const page of buckets(bucket).list(check.ranges)) check.take(page);
      return check.reports();
    }),
  }));
}
