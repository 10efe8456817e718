import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkFiles, exception, nameReader } from '../../../src/core/check-files.ts';
import { civilMs, dayWindow } from '../../../src/core/day-window.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import type { ReconcileFiles } from '../../../src/core/reconcile.ts';
import { csvHead, csvLine } from '../../../src/report/csv-line.ts';
import { createIdSet, lacking } from '../../../src/services/reconcile/id-set.ts';
import { packDatetime } from '../../../src/services/reconcile/log-rows.ts';

it('knows how long a day is when the clocks change, and refuses what is no date', () => {
  const hours = (date: string, zone: string) => {
    const { fromMs, untilMs } = dayWindow(date, zone);
    return [new Date(fromMs).toISOString(), (untilMs - fromMs) / 3_600_000];
  };
  expect(hours('2026-03-28', 'Europe/London')).toEqual(['2026-03-28T00:00:00.000Z', 24]);
  expect(hours('2026-03-29', 'Europe/London')).toEqual(['2026-03-29T00:00:00.000Z', 23]);
  expect(hours('2026-03-30', 'Europe/London')).toEqual(['2026-03-29T23:00:00.000Z', 24]);
  expect(hours('2026-10-25', 'Europe/London')).toEqual(['2026-10-24T23:00:00.000Z', 25]);
  // A zone in which midnight itself does not exist on one day of the year.
  expect(hours('2018-11-04', 'America/Sao_Paulo')).toEqual(['2018-11-04T03:00:00.000Z', 23]);
  for (const bad of ['2026-02-30', '2026-3-1', 'today', '', '2026-03-29T00:00'])
    expect(() => dayWindow(bad, 'UTC')).toThrow('is not a date');
  expect(new Date(civilMs(Date.parse('2026-07-01T23:30:00Z'), 'Europe/London')).toISOString()).toBe(
    '2026-07-02T00:30:00.000Z',
  );
});

it('keeps ids as a set does, dense or scattered', () => {
  const id = fc.oneof(fc.nat(200), fc.nat(2 ** 31 - 1), fc.maxSafeNat());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), id), { maxLength: 400 }),
      fc.array(id, { maxLength: 100 }),
      (changes, others) => {
        const [ours, real, other] = [createIdSet(), new Set<number>(), createIdSet()];
        for (const [adds, one] of changes) {
          if (adds) ours.add(one);
          else ours.remove(one);
          if (adds) real.add(one);
          else real.delete(one);
        }
        for (const one of others) other.addBlock(Math.floor(one / 32), 2 ** (one % 32));
        expect(ours.size).toBe(real.size);
        expect([...real].every((one) => ours.has(one))).toBe(true);
        expect(changes.every(([, one]) => ours.has(one) === real.has(one))).toBe(true);
        const without = new Set(others);
        expect([...lacking(ours, other)].sort()).toEqual([...real].filter((one) => !without.has(one)).sort());
      },
    ),
    { numRuns: 150 },
  );
});

it('packs dates in the order in which they are', () => {
  const at = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);
  fc.assert(fc.property(at, at, (a, b) => Math.sign(packDatetime(a) - packDatetime(b)) === Math.sign(a - b)));
});

it('writes CSV that no spreadsheet runs and no name breaks', () => {
  const line = csvLine(
    exception('duplicate', {
      table: 'a.b',
      id: '-5',
      file: '=HYPERLINK("x")',
      post: '@SUM(1)',
      rows: 3,
      detail: 'a,"b"\nc\u202e',
    }),
  );
  expect(line).toBe(`duplicate,a.b,,-5,"'=HYPERLINK(""x"")",'@SUM(1),3,,"a,""b""\\nc\\u{202e}"`);
  expect(csvHead.split(',')).toHaveLength(9);
});

const files = (over: Partial<ReconcileFiles> = {}): ReconcileFiles => ({
  bucket: 'b',
  prefix: '',
  name: 'DE_{office}_APP_{date}_{seq}.DAT',
  offices: ['EMD', 'LDN'],
  sequence: 'shared',
  lookBackDays: 1,
  ...over,
});
const named = (...names: readonly string[]) => names.map((name) => ({ name: `DE_${name}.DAT`, bytes: 1 }));

it('tells gaps, repeats and numbers from before apart', () => {
  const found = (settings: ReconcileFiles, day: readonly string[], before: readonly string[]) =>
    checkFiles(settings, {
      date: '20260322',
      day: named(...day),
      before: named(...before),
      known: new Set(),
      named: [],
    }).map(({ kind, office, id }) => [kind, office, id]);
  const yesterday = ['EMD_APP_20260321_00000001', 'LDN_APP_20260321_00000002'];
  expect(found(files(), ['EMD_APP_20260322_00000003', 'LDN_APP_20260322_00000004'], yesterday)).toEqual([]);
  expect(found(files(), ['EMD_APP_20260322_00000004', 'LDN_APP_20260322_00000007'], yesterday)).toEqual([
    ['sequence-gap', null, '3'],
    ['sequence-gap', null, '5..6'],
  ]);
  expect(found(files(), ['EMD_APP_20260322_00000002', 'LDN_APP_20260322_00000003'], yesterday)).toEqual([
    ['sequence-twice', null, '2'],
  ]);
  expect(
    found(files({ sequence: 'office' }), ['EMD_APP_20260322_00000002', 'LDN_APP_20260322_00000009'], yesterday),
  ).toEqual([['sequence-gap', 'LDN', '3..8']]);
  expect(
    found(files({ sequence: 'none' }), ['EMD_APP_20260322_00000009', 'LDN_APP_20260322_00000009'], yesterday),
  ).toEqual([]);
  expect(nameReader('a.{office}.b')('aXLDNXb')).toBeNull();
});

it('refuses a section without the servers that it reads', () => {
  const text = (rest: string) =>
    `version: 1\nenvironments:\n  a:\n    reconcile: { tables: [{ table: tcs.A, what: a, created: c }]${rest} }\n`;
  const problems = (yaml: string) => {
    try {
      parseConfig(yaml, 'x.yaml');
      return '';
    } catch (error) {
      return String(error);
    }
  };
  expect(problems(text(', files: { bucket: b, prefix: p, name: "{office}" }'))).toMatch(/needs `mysql`[^]*needs `s3`/);
});
