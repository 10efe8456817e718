import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadWrite } from '../../../src/core/load-type.ts';
import type { S3Object } from '../../../src/core/ports-s3.ts';
import { createS3Check, expectationOf, type S3Expectation } from '../../../src/core/s3-check.ts';
import type { S3SetReport } from '../../../src/core/s3-report.ts';
import { appKey, localOffices } from '../../support/s3.ts';

const day = { date: '2021-07-28', fromMs: Date.parse('2021-07-27T23:00Z'), toMs: Date.parse('2021-07-28T23:00Z') };
const noon = Date.parse('2021-07-28T12:00Z');

type Write = Extract<LoadWrite, { kind: 's3' }>;

function expectation(
  changes: Partial<Write> = {},
  loadType = 'applicant-export',
  offices = localOffices,
): S3Expectation {
  const write: Write = {
    kind: 's3',
    bucket: 'files',
    prefix: 'outbound/app/',
    key: 'DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT',
    expect: 'per-office',
    contiguous: true,
    minBytes: 1,
    ...changes,
  };
  return expectationOf(loadType, write, offices);
}
const object = (key: string, size = 100, modifiedMs = noon): S3Object => ({ key, size, modifiedMs });
const wholeDay = (date: string, first: number): S3Object[] =>
  localOffices.map((office, at) => object(appKey(date, office, first + at)));
/** As in the public scripts: 3754 to 3766 on the 27th, and so on. */
const whole = [...wholeDay('2021-07-27', 3754), ...wholeDay('2021-07-28', 3767), ...wholeDay('2021-07-29', 3780)];

function reportOf(objects: readonly S3Object[], expected = expectation()): S3SetReport {
  const check = createS3Check([expected], day);
  check.take(objects);
  return check.reports()[0]!;
}
const kinds = (report: S3SetReport): readonly string[] => report.findings.map(({ kind }) => kind);

describe('the files of a date', () => {
  it('are complete, and go on from the day before, in whatever order pages come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(whole, { minLength: whole.length }), fc.nat(whole.length), (objects, cut) => {
        const check = createS3Check([expectation()], day);
        check.take(objects.slice(0, cut));
        check.take(objects.slice(cut));
        expect(check.reports()[0]).toMatchObject({
          state: 'complete',
          expected: 13,
          found: 13,
          bytes: 1300,
          previous: { date: '2021-07-27', last: '3766' },
          findings: [],
        });
      }),
    );
  });
  it('whichever are missing are named, with the numbers that they leave out, and nothing else is', () => {
    fc.assert(
      fc.property(fc.subarray(localOffices), (gone) => {
        const left = whole.filter(({ key }) => !gone.some((office) => key.includes(`_${office}_APP_20210728`)));
        const report = reportOf(left);
        const missing = report.findings.filter((finding) => finding.kind === 'missing');
        expect(missing.map(({ office }) => office)).toEqual(gone);
        expect(report.state).toBe(gone.length === 0 ? 'complete' : gone.length === 13 ? 'none' : 'partial');
        const unused = report.findings.flatMap((finding) =>
          finding.kind === 'gap'
            ? Array.from(
                { length: Number(finding.to) - Number(finding.from) + 1 },
                (_, at) => Number(finding.from) + at,
              )
            : [],
        );
        const numbers = gone.map((office) => 3767 + localOffices.indexOf(office));
        // Numbers after the last file that is there leave no gap behind: the next day's check finds those.
        const last = Math.max(0, ...report.files.map(({ sequence }) => Number(sequence)));
        expect(unused).toEqual(numbers.filter((number) => number < last));
        expect(kinds(report).every((kind) => kind === 'missing' || kind === 'gap')).toBe(true);
      }),
    );
  });
  it('that come twice are found by Local Office and by number', () => {
    const report = reportOf([...whole, object(appKey('2021-07-28', 'EMD', 3768))]);
    expect(kinds(report)).toEqual(['too-many', 'sequence-twice']);
  });
  it('whose numbers begin below those of the day before are found', () => {
    const report = reportOf([...wholeDay('2021-07-27', 3754), ...wholeDay('2021-07-28', 3760)]);
    expect(report.findings).toEqual([{ kind: 'sequence-back', first: '3760', reached: '3766', on: '2021-07-27' }]);
  });
  it('are not blamed for an unknown past', () => {
    expect(reportOf(wholeDay('2021-07-28', 5)).findings).toEqual([]);
  });
  it('that are empty are found', () => {
    const [first, ...rest] = wholeDay('2021-07-28', 3767);
    expect(reportOf([{ ...first!, size: 0 }, ...rest]).findings).toEqual([
      { kind: 'too-small', key: first!.key, bytes: 0, smallest: 1 },
    ]);
  });
  it('are told from strange ones: of the day they are findings, of others counted, folders passed over', () => {
    const report = reportOf([
      ...whole,
      object('outbound/app/DE_EMD_APP_20210728_x.DAT'),
      object('outbound/app/DE_ZZZ_APP_20210728_00000001.DAT'),
      object('outbound/app/DE_EMD_APP_20219928_00000001.DAT'),
      object('outbound/app/README', 5, noon - 30 * 86_400_000),
      object('outbound/app/', 0),
      object('inbound/other.DAT'),
    ]);
    expect(report.findings).toMatchObject([
      { kind: 'unexpected', key: 'outbound/app/DE_EMD_APP_20210728_x.DAT' },
      { kind: 'unexpected', key: 'outbound/app/DE_ZZZ_APP_20210728_00000001.DAT' },
      { kind: 'unexpected', key: 'outbound/app/DE_EMD_APP_20219928_00000001.DAT' },
    ]);
    expect(report.olderStrange).toBe(1);
  });
  it.each([
    ['any', 0, ['missing']],
    ['any', 3, []],
    [2, 1, ['missing']],
    [2, 2, []],
    [2, 3, ['too-many']],
    [0, 0, []],
  ] as const)('may be expected as %s: with %i there', (expect_, there, found) => {
    const set = expectation({ expect: expect_, contiguous: false });
    expect(kinds(reportOf(wholeDay('2021-07-28', 3767).slice(0, there), set))).toEqual(found);
  });
  it('of another load type under the same prefix are strange to none', () => {
    const dnc = expectation({ key: 'DE_${office}_DNC_${date:YYYYMMDD}_${seq}.DAT' }, 'notification-export');
    const check = createS3Check([expectation()], day, [expectation(), dnc]);
    check.take([...whole, object('outbound/app/DE_EMD_DNC_20210728_7.DAT')]);
    expect(check.reports().map(({ findings }) => findings)).toEqual([[]]);
  });
  it('without a date in their names are those that were written on the day', () => {
    const plain = expectation({ key: '${office}-${seq}.dat' }, 'plain', ['EMD']);
    const report = reportOf(
      [object('outbound/app/EMD-7.dat'), object('outbound/app/EMD-6.dat', 1, noon - 86_400_000)],
      plain,
    );
    expect(report.files.map(({ key }) => key)).toEqual(['outbound/app/EMD-7.dat']);
  });
});

describe('what is listed', () => {
  it('is each prefix once, without those inside another, cut by Local Office', () => {
    const wide = expectation({ prefix: 'outbound/', key: '${name}' }, 'all');
    const [range, ...others] = createS3Check([expectation(), wide], day).ranges;
    expect(others).toEqual([]);
    expect(range?.prefix).toBe('outbound/');
    expect(range?.cuts).toContain('outbound/app/DE_EMD_APP_20210728_');
  });
  it('goes seven days back for the last number where the prefix names the day', () => {
    const dated = expectation({ prefix: 'out/${date:YYYY/MM/DD}/' });
    expect(createS3Check([dated], day).ranges.map(({ prefix }) => prefix)).toEqual(
      ['28', '27', '26', '25', '24', '23', '22', '21'].map((dd) => `out/2021/07/${dd}/`),
    );
  });
});
