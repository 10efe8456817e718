import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyPattern } from '../../../src/core/key-pattern.ts';

const app = parseKeyPattern('outbound/${date:YYYY}/DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT');

describe('a pattern for keys', () => {
  it('reads the parts of a key that fits as a whole', () => {
    expect(app.match('outbound/2021/DE_EMD_APP_20210727_00003754.DAT')).toEqual({
      date: '2021-07-27',
      office: 'EMD',
      sequence: 3754n,
    });
  });
  it.each([
    'outbound/2020/DE_EMD_APP_20210727_00003754.DAT',
    'outbound/2021/DE_EMD_APP_20210727_3754.DAT',
    'outbound/2021/DE_EMD_APP_20210727_00003754.DAT.tmp',
    'outbound/2021/DE_E/D_APP_20210727_00003754.DAT',
    'xoutbound/2021/DE_EMD_APP_20210727_00003754.DAT',
  ])('refuses %s', (key) => {
    expect(app.match(key)).toBeNull();
  });
  it('fills in what is known, up to what is not or with marks in its place', () => {
    const known = { date: '2021-07-27', office: 'EMD' };
    expect(app.fill(known, 'stop')).toBe('outbound/2021/DE_EMD_APP_20210727_');
    expect(app.fill(known, 'mark')).toBe('outbound/2021/DE_EMD_APP_20210727_????????.DAT');
    expect(app.fill({ date: '2021-07-27' }, 'stop')).toBe('outbound/2021/DE_');
  });
  it('takes every other character as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const pattern = parseKeyPattern(text.replaceAll('${', '$${'));
        expect(pattern.match(text)).not.toBeNull();
        expect(pattern.match(`${text}x`)).toBeNull();
        expect(pattern.fill({}, 'stop')).toBe(text);
      }),
    );
  });
  it('finds what it filled in itself', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z]{3}$/),
        fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }),
        fc.nat(99_999_999),
        (office, at, number) => {
          const date = at.toISOString().slice(0, 10);
          const key = app.fill({ date, office }, 'mark').replace('????????', String(number).padStart(8, '0'));
          expect(app.match(key)).toEqual({ date, office, sequence: BigInt(number) });
        },
      ),
    );
  });
  it.each([
    ['${date}', '2021-07-27', '2021-07-27'],
    ['${date:YY.MM.DD}', '21.07.27', '2021-07-27'],
    ['${date:MM}', '07', null],
    ['${date}/${date:YYYYMMDD}', '2021-07-27/20210728', undefined],
    ['${date:YYYY}${date:YY}${date:MMDD}', '2021220727', undefined],
    ['$${date}', '${date}', null],
  ])('%s reads %s', (template, key, date) => {
    expect(parseKeyPattern(template).match(key)?.date).toBe(date);
  });
  it('takes a parameter of the run for anything but a slash, and fills in the load type', () => {
    const pattern = parseKeyPattern('${loadType}/${mode}.DAT');
    expect(pattern.match('applicant-export/full.DAT')).toEqual({ date: null, office: null, sequence: null });
    expect(pattern.match('applicant-export/a/b.DAT')).toBeNull();
    expect(pattern.fill({ loadType: 'applicant-export' }, 'stop')).toBe('applicant-export/');
  });
});
