import { expect, test } from 'vitest';
import { findNamed, nameOf } from '../../../src/core/find-named.ts';
import { loadFindings } from '../../../src/core/load-findings.ts';
import { dateInForm, fillTemplate, placeholdersOf } from '../../../src/core/load-template.ts';
import { referenceFindings } from '../../../src/core/load-references.ts';
import type { LoadType } from '../../../src/core/load-type.ts';
import { load, london, shippedEnvironment } from './samples.ts';

const now = Date.parse('2026-03-20T09:00Z');
const shipped = shippedEnvironment();

function foundIn(...loadTypes: readonly LoadType[]): readonly string[] {
  return loadFindings({ loadTypes, timezone: 'Europe/London' }, now).map(({ where, found }) => `${where}: ${found}`);
}

test('the shipped example fits together, but for being an example', () => {
  expect(referenceFindings(shipped)).toEqual([]);
  const findings = loadFindings(shipped, now);
  expect(findings.map(({ where }) => where)).toEqual(
    shipped.loadTypes.filter(({ example }) => example).map(({ name }) => `loadTypes.${name}`),
  );
});

test('a load that is fed by a later one', () => {
  const early = load('export', { schedule: london('0 17 * * *') });
  expect(foundIn(load('import', { schedule: london('0 18 * * *'), feeds: ['export'] }), early)).toEqual([
    'loadTypes.import.feeds: export is fed by it and starts at 17:00, before it does (18:00)',
  ]);
  expect(foundIn(load('import', { schedule: london('55 16 * * *'), feeds: ['export'] }), early)).toEqual([
    'loadTypes.import.feeds: export is fed by it and starts at 17:00, before it is usually done (16:55 and 10 min)',
  ]);
  expect(foundIn(load('import', { schedule: london('50 16 * * *'), feeds: ['export'] }), early)).toEqual([]);
});

test('two that write the same at one time', () => {
  const writes = shipped.loadTypes[0]!.writes;
  const a = load('a', { schedule: london('0 2 * * *'), writes });
  expect(foundIn(a, load('b', { schedule: london('5 2 * * *'), writes }))).toEqual([
    'loadTypes.a.writes: a and b both write tcs.EsrNotification, and usually run at one time (2026-03-21T02:05:00.000Z)',
  ]);
  expect(foundIn(a, load('b', { schedule: london('10 2 * * *'), writes }))).toEqual([]);
  expect(foundIn(a, load('b', { schedule: london('5 2 * * *'), writes: [] }))).toEqual([]);
});

test('a deadline before the job that meets it', () => {
  const late = load('late', { schedule: london('30 17 * * *'), closesAt: '17:35' });
  expect(foundIn(late)).toEqual([
    'loadTypes.late.closesAt: it closes at 17:35, and its run of 17:30 usually takes 10 min',
  ]);
  expect(foundIn({ ...late, closesAt: '17:00' })).toHaveLength(1);
  expect(foundIn({ ...late, closesAt: '17:40' })).toEqual([]);
});

test('a schedule whose number of runs the clock changes', () => {
  expect(foundIn(load('twice', { schedule: london('30 1,3 * * *') }))).toEqual([
    'loadTypes.twice.schedule: on 2026-03-29, when the clocks change in Europe/London, it runs 1 times instead of 2',
    'loadTypes.twice.schedule: on 2026-10-25, when the clocks change in Europe/London, it runs 3 times instead of 2',
  ]);
  expect(foundIn(load('once', { schedule: london('30 1 * * *') }))).toEqual([]);
  expect(foundIn(load('often', { schedule: london('*/20 * * * *'), usualMs: 60_000 }))).toEqual([]);
});

test('names that nothing has, with what is near', () => {
  const [notifications, ...others] = shipped.loadTypes;
  const broken: LoadType = {
    ...notifications!,
    component: 'esr-elt',
    feeds: ['notification-exprot'],
    missed: { ...notifications!.missed, coveredBy: 'nothing-like-it' },
    driver: {
      kind: 'argv',
      program: 'etl',
      args: [{ when: 'denery', words: ['${dat}', '${date:YYYY}', '$${x}'] }],
      host: null,
    },
  };
  const found = referenceFindings({
    ...shipped,
    components: [...shipped.components, { ...shipped.components[0]!, name: 'esr2', dependsOn: ['esrr'] }],
    loadTypes: [broken, ...others],
  });
  expect(found.map((one) => `${one.where}: ${one.found}`)).toEqual([
    'components.esr2.dependsOn: there is no component esrr. Did you mean `esr`?',
    'loadTypes.notifications-daily-load.component: there is no component esr-elt. Did you mean `esr-etl`?',
    'loadTypes.notifications-daily-load.feeds: there is no load type notification-exprot. Did you mean `notification-export`?',
    'loadTypes.notifications-daily-load.missed.coveredBy: there is no load type nothing-like-it.',
    'loadTypes.notifications-daily-load.run.args: there is no parameter denery. Did you mean `deanery`?',
    'loadTypes.notifications-daily-load.run: ${dat} is nothing that is known here. Did you mean `date`?',
    "aliases: esr-service is what esr and esr2 are called: explain can't tell which is meant",
    "aliases: tis-esr is what esr and esr2 are called: explain can't tell which is meant",
  ]);
});

test.each([
  ['esr', 'found', ['esr']],
  ['ESR', 'found', ['esr']],
  ['etl', 'found', ['esr-etl']],
  ['Notifications Load', 'found', ['notifications-daily-load']],
  ['02:00', 'found', ['notifications-daily-load']],
  ['esr-elt', 'unknown', ['esr-etl']],
  ['export', 'unknown', ['applicant-export', 'notification-export', 'resend-applicant-export']],
  ['zzzzzzzz', 'unknown', []],
])('%s is %s: %s', (word, is, names) => {
  const meaning = findNamed(word, shipped);
  expect(meaning.is).toBe(is);
  expect((meaning.is === 'found' ? [meaning.named] : meaning.candidates).map(nameOf)).toEqual(names);
});

test('an alias that two go by is ambiguous, a name is not', () => {
  const [esr, etl] = shipped.components;
  const both = { components: [{ ...esr!, aliases: ['etl', 'esr-etl'] }, etl!], loadTypes: [] };
  expect(findNamed('etl', both)).toMatchObject({ is: 'ambiguous', candidates: [{}, {}] });
  expect(findNamed('esr-etl', both)).toMatchObject({ is: 'found', named: { component: { name: 'esr-etl' } } });
});

test('templates', () => {
  const text = 'DE_${office}_${date:YYYYMMDD}_${date}$${seq}.DAT';
  expect(placeholdersOf(text)).toEqual([
    { name: 'office', form: null },
    { name: 'date', form: 'YYYYMMDD' },
    { name: 'date', form: null },
  ]);
  const fill = ({ name, form }: { name: string; form: string | null }): string =>
    name === 'date' ? dateInForm('2019-10-07', form) : 'LDN';
  expect(fillTemplate(text, fill)).toBe('DE_LDN_20191007_2019-10-07${seq}.DAT');
  expect(fillTemplate('${date:DD/MM/YY}', fill)).toBe('07/10/19');
});
