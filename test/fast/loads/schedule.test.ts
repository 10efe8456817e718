import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadlineOf, outlookFor } from '../../../src/core/deadline.ts';
import { localDate, localTime, momentOf, plusDays, startOfDay } from '../../../src/core/local-day.ts';
import { lastRun, nextRun, runsBetween } from '../../../src/core/schedule.ts';
import { timetable } from '../../../src/core/timetable.ts';
import { bundledChild } from '../state/bundled-child.ts';
import { load, london, shippedEnvironment } from './samples.ts';

const utc = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 16));
const at = (text: string): number => Date.parse(text);

// In 2026 the clocks of Europe/London go forward on 29 March at 01:00 UTC, and back on 25 October at 01:00 UTC.
test.each([
  // cron, from, last, next: 02:00 is 01:00 UTC in summer. On 29 March it is the first moment after the gap.
  ['0 2 * * *', '2026-03-28T12:00Z', '2026-03-28T02:00', '2026-03-29T01:00'],
  ['0 2 * * *', '2026-03-29T00:59Z', '2026-03-28T02:00', '2026-03-29T01:00'],
  ['0 2 * * *', '2026-03-29T01:00Z', '2026-03-29T01:00', '2026-03-30T01:00'],
  ['0 2 * * *', '2026-10-24T12:00Z', '2026-10-24T01:00', '2026-10-25T02:00'],
  ['0 2 * * *', '2026-10-25T01:30Z', '2026-10-24T01:00', '2026-10-25T02:00'],
  ['0 2 * * *', '2026-10-25T02:00Z', '2026-10-25T02:00', '2026-10-26T02:00'],
  // 01:30 is skipped in spring and runs when the clocks have jumped; in autumn it comes twice and runs once, first.
  ['30 1 * * *', '2026-03-28T12:00Z', '2026-03-28T01:30', '2026-03-29T01:00'],
  ['30 1 * * *', '2026-03-29T12:00Z', '2026-03-29T01:00', '2026-03-30T00:30'],
  ['30 1 * * *', '2026-10-24T12:00Z', '2026-10-24T00:30', '2026-10-25T00:30'],
  ['30 1 * * *', '2026-10-25T00:45Z', '2026-10-25T00:30', '2026-10-26T01:30'],
  ['30 17 * * *', '2026-03-29T12:00Z', '2026-03-28T17:30', '2026-03-29T16:30'],
  ['30 17 * * *', '2026-10-25T12:00Z', '2026-10-24T16:30', '2026-10-25T17:30'],
  ['30 17 * * *', '2026-10-25T17:30Z', '2026-10-25T17:30', '2026-10-26T17:30'],
  ['0 6 * * 1-5', '2026-10-23T12:00Z', '2026-10-23T05:00', '2026-10-26T06:00'],
])('%s at %s: last %s, next %s', (cron, from, last, next) => {
  const schedule = london(cron)!;
  expect(utc(lastRun(schedule, at(from)))).toBe(last);
  expect(utc(nextRun(schedule, at(from)))).toBe(next);
});

test('the same on a machine in any zone', async () => {
  const contents = `
    import { lastRun, nextRun, runsBetween } from './src/core/schedule.ts';
    import { momentOf } from './src/core/local-day.ts';
    for (const cron of ['0 2 * * *', '30 1 * * *', '*/20 1 * * *'])
      for (const day of ['2026-03-29', '2026-10-25']) {
        const schedule = { cron, zone: 'Europe/London' };
        const from = Date.parse(day + 'T00:00Z');
        const runs = [lastRun(schedule, from), nextRun(schedule, from), ...runsBetween(schedule, from, from + 864e5)];
        console.log(...runs, momentOf(day, '01:30', 'Europe/London'));
      }`;
  const args = [await bundledChild(contents, 'schedule')];
  const said = await Promise.all(
    ['UTC', 'America/New_York', 'Australia/Lord_Howe'].map(
      async (TZ) => (await promisify(execFile)(process.execPath, args, { env: { ...process.env, TZ } })).stdout,
    ),
  );
  expect(said[0]).toMatch(/^(\d{13} ?)+\n/);
  expect(new Set(said).size).toBe(1);
});

test('a run a day is one run on each day of any year, whatever the zone does', () => {
  const zone = fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC');
  const minute = fc.integer({ min: 0, max: 59 });
  const hour = fc.integer({ min: 0, max: 23 });
  fc.assert(
    fc.property(zone, hour, minute, fc.integer({ min: 0, max: 360 }), (name, h, m, offset) => {
      const schedule = { cron: `${m} ${h} * * *`, zone: name };
      for (let day = plusDays('2026-01-01', offset), left = 4; left > 0; left -= 1, day = plusDays(day, 1)) {
        const [from, until] = [startOfDay(day, name), startOfDay(plusDays(day, 1), name)];
        const runs = runsBetween(schedule, from, until);
        expect(runs).toHaveLength(1);
        const [run = 0] = runs;
        expect(localDate(run, name)).toBe(day);
        // Last and next agree with each other and with the list, on both sides of the run.
        expect(nextRun(schedule, run - 1)).toBe(run);
        expect(lastRun(schedule, run)).toBe(run);
        expect(lastRun(schedule, run - 1)).toBeLessThan(run);
        const wanted = `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
        const clock = localTime(run, name);
        // Only on a day of 23 hours may it not be at its own time of day: then it is at most as late as the clocks jump.
        if (until - from === 24 * 3_600_000) expect(clock).toBe(wanted);
        else if (clock !== wanted) expect(momentOf(day, wanted, name) - run).toBeLessThanOrEqual(3_600_000);
      }
    }),
    { numRuns: 20 },
  );
});

const incident = shippedEnvironment();

test.each([
  // 17:30 in London; usual duration 6 min.
  ['2019-10-16T16:22Z', 'makes-it', 8],
  ['2019-10-16T16:25Z', 'cannot-make-it', 5],
  ['2019-10-16T16:37Z', 'passed', -7],
])('at %s the notifications load %s: %i min left to 17:30', (now, is, minutes) => {
  const [notifications] = incident.loadTypes;
  const deadline = deadlineOf(notifications!, '2019-10-16', incident);
  expect(deadline).toEqual({ atMs: at('2019-10-16T16:30Z'), feeds: 'notification-export' });
  const outlook = outlookFor(notifications!, deadline!, at(now));
  expect(outlook).toMatchObject({ is, leftMs: minutes * 60_000 });
});

test.each([
  ['2026-03-28', '2026-03-28T17:30'],
  ['2026-03-29', '2026-03-29T16:30'],
  ['2026-10-24', '2026-10-24T16:30'],
  ['2026-10-25', '2026-10-25T17:30'],
])('the deadline of %s is at %s UTC, and its distance counts the hour that is missing or twice', (date, deadline) => {
  const [notifications] = incident.loadTypes;
  const found = deadlineOf(notifications!, date, incident);
  expect(utc(found!.atMs)).toBe(deadline);
  const hours = (found!.atMs - startOfDay(date, 'Europe/London')) / 3_600_000;
  expect(hours).toBe({ '2026-03-29': 16.5, '2026-10-25': 18.5 }[date] ?? 17.5);
});

test('an own closing time wins, is of the day of the run, and after midnight is the next day’s', () => {
  const nightly = load('n', { schedule: london('0 23 * * *'), closesAt: '01:00', feeds: ['m'] });
  const next = load('m', { schedule: london('30 23 * * *') });
  const loads = { loadTypes: [nightly, next], timezone: 'Europe/London' };
  expect(utc(deadlineOf(nightly, '2026-06-01', loads)!.atMs)).toBe('2026-06-02T00:00');
  const yesterday = { ...nightly, defaultDate: 'yesterday' as const, closesAt: '23:30' };
  expect(utc(deadlineOf(yesterday, '2026-06-01', loads)!.atMs)).toBe('2026-06-02T22:30');
  expect(deadlineOf(load('alone'), '2026-06-01', loads)).toBeNull();
});

test('what was missed since the failure at 02:00, and which later run makes it good', () => {
  const table = timetable(incident, at('2019-10-16T16:37Z'), at('2019-10-16T01:00Z'));
  expect(
    table.missed.map(({ loadType, atMs, date, coveredBy, outlook }) => [
      loadType,
      utc(atMs),
      date,
      coveredBy === null ? 'none' : `${coveredBy.loadType} ${utc(coveredBy.atMs) ?? ''}`,
      outlook?.is ?? null,
    ]),
  ).toEqual([
    ['notifications-daily-load', '2019-10-16T01:00', '2019-10-16', 'none', 'passed'],
    ['applicant-load', '2019-10-16T14:30', '2019-10-16', 'applicant-load 2019-10-17T14:30', 'passed'],
    ['applicant-export', '2019-10-16T16:00', '2019-10-16', 'applicant-export 2019-10-17T16:00', 'makes-it'],
    ['notification-export', '2019-10-16T16:30', '2019-10-16', 'none', 'makes-it'],
  ]);
  const due = table.rows.filter((row) => row.due).map((row) => row.loadType);
  expect(due).toEqual(['notification-export']);
  expect(table.rows.map((row) => row.loadType)).toEqual([
    'confirmation-import',
    'notifications-daily-load',
    'applicant-load',
    'applicant-export',
    'notification-export',
    'resend-applicant-export',
  ]);
});
