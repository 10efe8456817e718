import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault, type Problem } from '../../../src/core/fault.ts';
import { parseInstant, type Instant, type InstantContext } from '../../../src/config/instant.ts';
import { bundledChild } from '../state/bundled-child.ts';

const now = Date.parse('2026-03-22T12:00:00Z');
const script: InstantContext = { now, timezone: 'Europe/London', allowBareLocal: false };
const prompt: InstantContext = { ...script, allowBareLocal: true };
const utc = (text: string, context = script): string => new Date(parseInstant(text, context).epochMs).toISOString();

function refused(text: string, context = script): Problem {
  try {
    const { utc: at } = parseInstant(text, context);
    throw new Error(`${text} was taken as ${at}`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.exit).toBe('usage');
    expect(error.problems[0].next?.length).toBeGreaterThan(0);
    return error.problems[0];
  }
}

test.each([
  ['2026-03-22T06:25:00Z', '2026-03-22T06:25:00.000Z'],
  ['2026-03-22T06:25Z', '2026-03-22T06:25:00.000Z'],
  ['2026-03-22t06:25:07.5z', '2026-03-22T06:25:07.500Z'],
  ['2026-03-22 06:25:07.123456789+01:00', '2026-03-22T05:25:07.123Z'],
  ['2026-03-22T06:25:00-05:30', '2026-03-22T11:55:00.000Z'],
  ['2026-03-22T06:25 Europe/London', '2026-03-22T06:25:00.000Z'],
  ['2026-07-22 06:25 Europe/London', '2026-07-22T05:25:00.000Z'],
  ['2026-07-22T06:25:10 europe/london', '2026-07-22T05:25:10.000Z'],
  ['2026-03-22T06:25 America/Argentina/Buenos_Aires', '2026-03-22T09:25:00.000Z'],
  ['2026-03-22T06:25 UTC', '2026-03-22T06:25:00.000Z'],
  ['90m ago', '2026-03-22T10:30:00.000Z'],
  ['2h ago', '2026-03-22T10:00:00.000Z'],
  ['1d 3h ago', '2026-03-21T09:00:00.000Z'],
  ['1d3h5m7s ago', '2026-03-21T08:54:53.000Z'],
  [' 0s ago ', '2026-03-22T12:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(utc(text)).toBe(expected);
});

test.each([
  ['06:25', '2026-03-22T06:25:00.000Z', '2026-03-22T12:00:00Z'],
  ['23:50', '2026-03-21T23:50:00.000Z', '2026-03-22T00:30:00Z'],
  ['00:15', '2026-07-21T23:15:00.000Z', '2026-07-21T23:30:00Z'],
  ['2026-03-21 23:50', '2026-03-21T23:50:00.000Z', '2026-03-22T12:00:00Z'],
  ['2026-07-21T23:50:01', '2026-07-21T22:50:01.000Z', '2026-03-22T12:00:00Z'],
])('at a prompt %s is %s when it is asked at %s', (text, expected, at) => {
  const found = parseInstant(text, { ...prompt, now: Date.parse(at) });
  expect(new Date(found.epochMs).toISOString()).toBe(expected);
  expect(found.written).toBe('bare');
});

test('a time without a zone is refused in a script, which is told how to write it', () => {
  expect(refused('06:25')).toMatchObject({
    code: 'instant.no-zone',
    next: ['write the zone: "2026-03-22T06:25:00 Europe/London"', expect.stringContaining('2026-03-22T06:25:00Z')],
  });
  expect(refused('2026-03-21 23:50').code).toBe('instant.no-zone');
});

test('times around a clock change are refused with both readings', () => {
  expect(refused('2026-10-25T01:30 Europe/London')).toMatchObject({
    code: 'instant.ambiguous',
    next: ['write 2026-10-25T01:30:00+01:00', 'write 2026-10-25T01:30:00+00:00'],
  });
  expect(refused('2026-03-29T01:30 Europe/London')).toMatchObject({
    code: 'instant.non-existent',
    next: ['write 2026-03-29T00:30:00+00:00', 'write 2026-03-29T02:30:00+01:00'],
  });
  expect(refused('01:30', { ...prompt, now: Date.parse('2026-10-25T12:00:00Z') }).code).toBe('instant.ambiguous');
  expect(refused('01:30', { ...prompt, now: Date.parse('2026-03-29T12:00:00Z') }).code).toBe('instant.non-existent');
  for (const text of ['2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00+00:00']) expect(utc(text)).toBeTruthy();
});

test.each([
  '',
  'now',
  'yesterday',
  '2026-03-22',
  '22/03/2026 06:25',
  '6:25',
  '25:00',
  '06:60',
  '2026-02-30T06:25Z',
  '2026-02-30T06:25 Europe/London',
  '2026-13-01T06:25Z',
  '2026-03-22T06:25:60Z',
  '2026-03-22T06:25+25:00',
  '90m',
  '-5m ago',
  '1h 1h ago',
  '1.5h ago',
  '2026-03-22T06:25 BST',
  '2026-03-22T06:25 EST',
  '2026-03-22T06:25 Europe/Londn',
  '1774160700',
  '2026-03-22T06:25Z; rm',
  '2026-03-22T06:25\u202eZ',
])('%j is refused, also at a prompt', (text) => {
  refused(text);
  expect(refused(text, prompt).message).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test('the moment is shown in both zones, and the future is flagged', () => {
  expect(parseInstant('2026-07-22T06:25 Europe/London', script)).toEqual({
    epochMs: Date.parse('2026-07-22T05:25:00Z'),
    utc: '2026-07-22T05:25:00Z',
    local: '2026-07-22 06:25:00 +01:00 Europe/London',
    shown: '2026-07-22T05:25:00Z (2026-07-22 06:25:00 +01:00 Europe/London)',
    written: 'zone',
    inFuture: true,
  } satisfies Instant);
  expect(parseInstant('1s ago', script)).toMatchObject({ inFuture: false, written: 'relative' });
});

test('any moment written with any offset is that moment', () => {
  const moment = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, minutes) => {
      const sign = minutes < 0 ? '-' : '+';
      const two = (count: number): string => String(Math.trunc(count)).padStart(2, '0');
      const offset = `${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
      const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      expect(parseInstant(local + offset, script).epochMs).toBe(at.getTime());
    }),
  );
});

test("the machine's own zone never matters", async () => {
  const child = await bundledChild(
    `import { parseInstant } from './src/config/instant.ts';
     const context = { now: Date.parse('2026-07-22T12:00:00Z'), timezone: 'Europe/London', allowBareLocal: true };
     const texts = ['06:25', '2026-07-22T06:25', '2026-03-22T06:25 Europe/London', '90m ago', '2026-07-22T06:25+02:00'];
     console.log(JSON.stringify([new Date(2026, 6, 1).getTimezoneOffset(), ...texts.map((text) => parseInstant(text, context))]));`,
    'instants',
  );
  const runs = await Promise.all(
    ['UTC', 'Europe/London', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati'].map(async (TZ) => {
      const { stdout } = await promisify(execFile)(process.execPath, [child], { env: { ...process.env, TZ } });
      return JSON.parse(stdout) as readonly unknown[];
    }),
  );
  expect(new Set(runs.map(([offset]) => offset)).size).toBe(5);
  for (const [, ...instants] of runs) expect(instants).toEqual(runs[0]?.slice(1));
  expect(runs[0]?.[1]).toMatchObject({ utc: '2026-07-22T05:25:00Z' });
});
