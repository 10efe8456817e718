import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import { readParameters } from '../../../src/core/load-order.ts';
import { standingOf, unprovedOf } from '../../../src/core/load-standing.ts';
import type { LoadType, LoadWrite } from '../../../src/core/load-type.ts';
import type { FoundWrite } from '../../../src/core/ports-loads.ts';
import { load } from './samples.ts';

const offices = ['EMD', 'LDN'];
const table = { database: 'd', table: 't', date: 'a', holds: 'date', office: 'o', officeIs: {}, where: {} } as const;
const rows = (wanted: 'all' | 'any', atLeast = 1): LoadWrite => ({ kind: 'table', table, atLeast, offices: wanted });
const queue: LoadWrite = { kind: 'queue', vhost: null, queue: 'q', atLeast: 2 };
const found = (total: number | null, byOffice: FoundWrite['byOffice'] = null): FoundWrite => ({
  where: 'place',
  unit: 'rows',
  total,
  byOffice,
  findings: [],
  unknown: total === null ? 'no answer' : null,
});

test.each([
  [rows('all'), found(0, { EMD: 0, LDN: 0 }), 'none'],
  [rows('all'), found(3, { EMD: 3, LDN: 0 }), 'partial'],
  [rows('any'), found(3, { EMD: 3, LDN: 0 }), 'complete'],
  [rows('any', 4), found(3, { EMD: 3, LDN: 0 }), 'partial'],
  [rows('all'), found(6, { EMD: 3, LDN: 3 }), 'complete'],
  [rows('all'), found(null), 'unknown'],
  [rows('any'), { ...found(3), findings: ['a gap'] }, 'partial'],
  [queue, found(0), 'unknown'],
])('%j with %j is %s', (write, one, is) => {
  expect(standingOf(load('x', { writes: [write] }), [one], offices).is).toBe(is);
});

test('of two places one empty and one full is a part', () => {
  const both = load('x', { writes: [rows('any'), rows('any')] });
  expect(standingOf(both, [found(0), found(3)], offices).is).toBe('partial');
});

test('proof', () => {
  const twice: LoadType = load('x', { writes: [rows('all')], rerun: { is: 'twice', twice: 'x', clear: null } });
  const full = found(6, { EMD: 3, LDN: 3 });
  expect(unprovedOf(twice, [{ where: '', total: 0 }], [full], offices)).toEqual([]);
  expect(unprovedOf(twice, [{ where: '', total: 6 }], [full], offices)).toEqual([
    'place: 6 rows as before, so this run wrote none',
  ]);
  expect(
    unprovedOf(
      { ...twice, rerun: { is: 'safe', twice: null, clear: null } },
      [{ where: '', total: 6 }],
      [full],
      offices,
    ),
  ).toEqual([]);
  expect(unprovedOf(twice, [], [found(3, { EMD: 3, LDN: 0 })], offices)).toEqual([
    'place: 3 rows (EMD 3); none of LDN',
  ]);
  expect(unprovedOf(load('x', { writes: [queue] }), [{ where: '', total: 5 }], [found(6)], offices)).toHaveLength(1);
  expect(unprovedOf(load('x', { writes: [queue] }), [{ where: '', total: 5 }], [found(7)], offices)).toEqual([]);
  expect(unprovedOf(load('x'), [], [], offices)).toHaveLength(1);
});

test('parameters: all faults together', () => {
  const parameters: LoadType['parameters'] = [
    { name: 'deanery', type: 'deanery', values: [], help: 'h', required: false, default: null },
    { name: 'mode', type: 'enum', values: ['full', 'changed'], help: 'h', required: false, default: 'full' },
    { name: 'from', type: 'date', values: [], help: 'since when', required: true, default: null },
  ];
  const one = load('x', { parameters });
  expect(readParameters(one, ['deanery=LDN', 'from=2019-10-17'], offices)).toEqual({
    deanery: 'LDN',
    mode: 'full',
    from: '2019-10-17',
  });
  let messages: readonly string[] = [];
  try {
    readParameters(one, ['deanery=LND', 'mode=half', 'x', 'denery=LDN'], offices);
  } catch (error) {
    messages = (error as Fault).problems.map(({ message }) => message);
  }
  expect(messages).toEqual([
    '--param deanery wants a Local Office: EMD, LDN, not "LND".',
    '--param mode wants one of full, changed, not "half".',
    '--param wants name=value, not "x".',
    'x has no parameter "denery". Did you mean `deanery`?',
    '--param from is missing: since when.',
  ]);
});
