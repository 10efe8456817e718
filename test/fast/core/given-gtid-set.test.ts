import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meansGtidSet, readGtidSet } from '../../../src/core/given-gtid-set.ts';

const a = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const b = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

test('MySQL’s notation is put into order, however it is written', () => {
  const set = readGtidSet(`${b.toUpperCase()}:5, \n ${a}:7-9:1-3:4`);
  expect(set).toMatchObject({ form: 'mysql', text: `${a}:1-4:7-9,${b}:5` });
  expect([`${a}:4`, `${a}:5`, `${a}:9`, `${b}:5`, `${b}:6`].map((one) => set.has(one))).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
});

test('MariaDB’s notation means all of a domain up to there', () => {
  const set = readGtidSet('1-2-30,0-1-7');
  expect(set).toMatchObject({ form: 'mariadb', text: '0-1-7,1-2-30' });
  expect(['0-9-7', '0-1-8', '1-2-1', '2-1-1'].map((one) => set.has(one))).toEqual([true, false, true, false]);
  expect(set.contains(readGtidSet('0-1-6'))).toBe(true);
  expect(set.contains(readGtidSet('', 'mariadb'))).toBe(true);
  expect(readGtidSet('', 'mariadb').contains(set)).toBe(false);
});

test.each([
  [`${a}:0`, 'numbers begin at 1'],
  [`${a}:5-3`, 'backwards'],
  [a, 'no number'],
  [`${a}:tag:1-5`, 'tags'],
  ['0-1', 'too short'],
  ['0-1-7,0-2-9', 'a domain twice'],
  [`${a}:1,0-1-7`, 'both at once'],
])('%s is refused: %s', (text) => {
  expect(() => readGtidSet(text)).toThrow(expect.objectContaining({ exit: 'usage' }) as Error);
});

test('what is meant as a set, right or wrong', () => {
  expect([`${a}:x`, '0-1-7', '0-1-7,', ` ${a}:1`].map((one) => meansGtidSet(one))).toEqual([true, true, true, true]);
  expect(['2026-03-22', '2026-03-22T06:25:00Z', '90m ago', 'mysql-bin.000042:1234'].map(meansGtidSet)).toEqual([
    // A day is no time that a command takes, and three numbers are a set.
    true,
    false,
    false,
    false,
  ]);
});

test('containment is that of the numbers themselves', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      const set = (all: readonly number[]) => readGtidSet(all.map((number) => `${a}:${number}`).join(','));
      expect(set(one).contains(set(other))).toBe(other.every((number) => one.includes(number)));
      expect(set(one).contains(set(one))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
