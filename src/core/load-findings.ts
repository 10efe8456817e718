import type { Environment } from './environment.ts';
import { deadlineOf, dateOfRun, zoneOf } from './deadline.ts';
import type { LoadFinding } from './load-references.ts';
import type { LoadType, LoadWrite } from './load-type.ts';
import { localDate, localTime, plusDays, startOfDay } from './local-day.ts';
import { nextRun, runsBetween } from './schedule.ts';
import { spanWords } from './span-words.ts';

type Loads = Pick<Environment, 'loadTypes' | 'timezone'>;

const weekMs = 7 * 24 * 3_600_000;

/**
 * What does not fit together in the schedule of the week after a moment: a load that is fed by a later one, two that
 * write the same thing at one time, a deadline before the job that meets it, a clock change that skips or doubles a
 * run; and examples that nobody has replaced yet.
 */
export function loadFindings(loads: Loads, nowMs: number): readonly LoadFinding[] {
  const zones = new Set(loads.loadTypes.flatMap(({ schedule }) => (schedule === null ? [] : [schedule.zone])));
  const changes = new Map([...zones].map((zone) => [zone, changeDays(localDate(nowMs, zone), zone)]));
  return [
    ...loads.loadTypes.flatMap((load) => [
      ...fedTooEarly(load, loads, nowMs),
      ...closesTooEarly(load, loads, nowMs),
      ...clockChanges(load, changes),
    ]),
    ...clashes(loads, nowMs),
    ...examples(loads),
  ];
}

/** On a day on which both run, what it feeds starts before it, or before it usually is done. */
function fedTooEarly(load: LoadType, { loadTypes, timezone }: Loads, nowMs: number): readonly LoadFinding[] {
  if (load.schedule === null) return [];
  const zone = zoneOf(load, timezone);
  const run = nextRun(load.schedule, nowMs);
  if (run === null) return [];
  const day = localDate(run, zone);
  const [from, until] = [startOfDay(day, zone), startOfDay(plusDays(day, 1), zone)];
  return load.feeds.flatMap((name) => {
    const fed = loadTypes.find((one) => one.name === name);
    if (fed?.schedule == null) return [];
    const runs = runsBetween(fed.schedule, from, until);
    if (runs.length === 0 || runs.some((start) => start >= run + load.usualMs)) return [];
    const first = runs.at(-1) ?? from;
    const at = localTime(first, zone);
    return [
      {
        where: `loadTypes.${load.name}.feeds`,
        found:
          first < run
            ? `${name} is fed by it and starts at ${at}, before it does (${localTime(run, zone)})`
            : `${name} is fed by it and starts at ${at}, before it is usually done (${localTime(run, zone)} and ${spanWords(load.usualMs)})`,
        next: 'correct one of the schedules, or feeds',
      },
    ];
  });
}

function closesTooEarly(load: LoadType, loads: Loads, nowMs: number): readonly LoadFinding[] {
  const { closesAt, schedule } = load;
  if (closesAt === null || schedule === null) return [];
  const run = nextRun(schedule, nowMs);
  if (run === null) return [];
  const zone = zoneOf(load, loads.timezone);
  const starts = localTime(run, zone);
  const deadline = deadlineOf(load, dateOfRun(load, run, loads.timezone), loads);
  if (closesAt > starts && (deadline === null || deadline.atMs >= run + load.usualMs)) return [];
  return [
    {
      where: `loadTypes.${load.name}.closesAt`,
      found: `it closes at ${closesAt}, and its run of ${starts} usually takes ${spanWords(load.usualMs)}`,
      next: 'correct closesAt, schedule or usually',
    },
  ];
}

/** A schedule of a few runs a day that has another number of them on a day when the clocks change. */
function clockChanges(load: LoadType, changes: ReadonlyMap<string, readonly string[]>): readonly LoadFinding[] {
  const { schedule } = load;
  if (schedule === null) return [];
  const zone = schedule.zone;
  const runsOn = (day: string): number =>
    runsBetween(schedule, startOfDay(day, zone), startOfDay(plusDays(day, 1), zone)).length;
  return (changes.get(zone) ?? []).flatMap((day) => {
    const [runs, usual] = [runsOn(day), runsOn(plusDays(day, 7))];
    // Many runs a day are an interval, and a day of 23 or 25 hours has as many fewer or more.
    if (runs === usual || usual > 4 || usual === 0) return [];
    return [
      {
        where: `loadTypes.${load.name}.schedule`,
        found: `on ${day}, when the clocks change in ${zone}, it runs ${runs} times instead of ${usual}`,
        next: 'give it times of day that exist once on every day',
      },
    ];
  });
}

function changeDays(from: string, zone: string): readonly string[] {
  return Array.from({ length: 366 }, (_, index) => plusDays(from, index)).filter(
    (day) => startOfDay(plusDays(day, 1), zone) - startOfDay(day, zone) !== 24 * 3_600_000,
  );
}

/** Two that write the same place while both usually run. */
function clashes({ loadTypes }: Loads, nowMs: number): readonly LoadFinding[] {
  return loadTypes.flatMap((a, index) =>
    loadTypes.slice(index + 1).flatMap((b) => {
      const place = a.writes.map(placeOf).find((one) => b.writes.some((other) => placeOf(other) === one));
      const at = place === undefined ? null : overlap(a, b, nowMs);
      if (place === undefined || at === null) return [];
      return [
        {
          where: `loadTypes.${a.name}.writes`,
          found: `${a.name} and ${b.name} both write ${place}, and usually run at one time (${new Date(at).toISOString()})`,
          next: 'correct their schedules, or what they write',
        },
      ];
    }),
  );
}

function placeOf(write: LoadWrite): string {
  switch (write.kind) {
    case 'table': {
      const where = Object.entries(write.table.where).map(([column, value]) => ` ${column}=${value}`);
      return `${write.table.database}.${write.table.table}${where.sort().join('')}`;
    }
    case 's3':
      return `s3://${write.bucket}/${write.prefix}${write.key}`;
    case 'queue':
      return `queue ${write.queue}${write.vhost === null ? '' : ` of ${write.vhost}`}`;
    default:
      return write satisfies never;
  }
}

/** When both run within a week, ms since the epoch; null when never. */
function overlap(a: LoadType, b: LoadType, nowMs: number): number | null {
  if (a.schedule === null || b.schedule === null) return null;
  const runs = runsBetween(a.schedule, nowMs, nowMs + weekMs).slice(0, 500);
  const others = runsBetween(b.schedule, nowMs, nowMs + weekMs).slice(0, 500);
  for (const run of runs)
    for (const other of others) if (run < other + b.usualMs && other < run + a.usualMs) return Math.max(run, other);
  return null;
}

function examples({ loadTypes }: Loads): readonly LoadFinding[] {
  return loadTypes
    .filter(({ example }) => example)
    .map(({ name }) => ({
      where: `loadTypes.${name}`,
      found: 'it is still the example of the shipped configuration: etl run refuses it',
      next: 'replace it by what is true and take `example: true` out, or remove it',
    }));
}
