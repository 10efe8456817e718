import { describe, expect, it } from 'vitest';
import { catchUp, scheduledLoads, type SeenLoad } from '../../../src/core/catch-up.ts';
import type { LoadType } from '../../../src/core/load-type.ts';
import { load, london } from './samples.ts';

const hour = 3_600_000;
const missed = (coveredBy: string | null): LoadType['missed'] => ({ means: 'm', coveredBy, instead: null });

/** The day of the incident: what has run by 18:40, and what is there of it. */
const loadTypes = [
  load('notifications', { schedule: london('0 2 * * *'), feeds: ['notification-export'], missed: missed(null) }),
  load('applicants', { schedule: london('30 15 * * *'), feeds: ['applicant-export'], missed: missed('applicants') }),
  load('applicant-export', { schedule: london('0 17 * * *'), closesAt: '19:00', missed: missed('applicant-export') }),
  load('notification-export', { schedule: london('30 17 * * *'), closesAt: '18:00', missed: missed(null) }),
];
const loads = { loadTypes, timezone: 'Europe/London' };
const at = (time: string): number => Date.parse(`2019-10-17T${time}:00+01:00`);

/** What becomes of each run since midnight, of which these are not there. */
function judged(time: string, missing: readonly string[], { late = false, since = at('00:00') } = {}) {
  const now = at(time);
  const seen = scheduledLoads(loads, since, now).map((one): SeenLoad => {
    const is = missing.includes(one.load.name) ? 'none' : 'complete';
    return { ...one, standing: { is, words: [] }, runs: null };
  });
  return catchUp(seen, loads, now, late).map(
    ({
      seen: {
        load: { name },
      },
      catchUp: { is },
    }) => [name, is],
  );
}

describe('what becomes of missed runs', () => {
  it('runs what is in time, the nearest deadline first, and leaves what is there', () => {
    expect(judged('16:30', ['notifications', 'applicants'])).toEqual([
      ['applicants', 'run'],
      ['notifications', 'run'],
    ]);
    expect(judged('16:30', ['notifications'])).toEqual([
      ['notifications', 'run'],
      ['applicants', 'there'],
    ]);
  });
  it('runs what is too late by itself when what it feeds is run after it', () => {
    expect(judged('18:40', ['applicants', 'applicant-export'])).toEqual([
      ['applicants', 'run'],
      ['applicant-export', 'run'],
      ['notifications', 'there'],
      ['notification-export', 'there'],
    ]);
    // With less left than it usually takes, both are left to the next day's runs.
    expect(judged('18:55', ['applicants', 'applicant-export']).map(([, is]) => is)).toEqual([
      'there',
      'picked-up',
      'picked-up',
      'there',
    ]);
  });
  it('says what is lost for today; asked to, runs it late with what it feeds once more', () => {
    expect(judged('18:40', ['notifications'])[0]).toEqual(['notifications', 'lost']);
    expect(judged('18:40', ['notifications'], { late: true })).toEqual([
      ['notifications', 'run'],
      ['notification-export', 'run'],
      ['applicants', 'there'],
      ['applicant-export', 'there'],
    ]);
  });
  it('counts a run as made good when a later one that covers it is there or is run', () => {
    const since = at('00:00') - 12 * hour;
    const of = (time: string): unknown[] =>
      judged(time, ['applicants'], { since })
        .filter(([name]) => name === 'applicants')
        .map(([, is]) => is);
    expect(of('16:30')).toEqual(['run', 'made-good']);
    expect(of('18:40')).toEqual(['picked-up', 'picked-up']);
  });
  it('has each load type and date once, and no examples', () => {
    const often = {
      ...loads,
      loadTypes: [
        load('often', { schedule: london('*/15 * * * *') }),
        load('e', { example: true, schedule: london('0 1 * * *') }),
      ],
    };
    expect(scheduledLoads(often, at('00:00'), at('12:10'))).toMatchObject([{ date: '2019-10-17', atMs: at('12:00') }]);
  });
});
