import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { pathsFrom, toEnvironment } from '../../../src/config/to-environment.ts';
import { Fault } from '../../../src/core/fault.ts';

const shipped = new URL('../../../runbooks/example-config.yaml', import.meta.url);

function environmentOf(text: string) {
  const file = parseConfig(text, 'config.yaml').environments['prod'];
  return toEnvironment('prod', file!, pathsFrom('/etc/esr-ops', '/home/op'), []);
}

test('the shipped example is a valid configuration, with the schedule of the incident', async () => {
  const { components, loadTypes, localOffices } = environmentOf(await readFile(shipped, 'utf8'));
  expect(localOffices).toHaveLength(13);
  expect(components.map(({ name }) => name)).toEqual(['esr', 'esr-etl', 'cdc']);
  expect(
    loadTypes.flatMap(({ name, schedule }) => (schedule === null ? [] : [`${schedule.cron} ${schedule.zone} ${name}`])),
  ).toEqual([
    '0 2 * * * Europe/London notifications-daily-load',
    '30 15 * * * Europe/London applicant-load',
    '0 17 * * * Europe/London applicant-export',
    '30 17 * * * Europe/London notification-export',
    '0 20 * * * Europe/London confirmation-import',
  ]);
  expect(loadTypes.filter(({ example }) => !example).map(({ name }) => name)).toEqual(['notifications-daily-load']);
});

test('defaults are filled in', async () => {
  const { components, loadTypes } = environmentOf(await readFile(shipped, 'utf8'));
  expect(components[1]).toMatchObject({ host: null, control: { kind: 'person' }, recreate: null, health: null });
  const [load] = loadTypes;
  expect(load).toMatchObject({
    defaultDate: 'today',
    usualMs: 360_000,
    limitMs: 3_600_000,
    rerun: { is: 'twice' },
    missed: { coveredBy: null },
    busy: { kind: 'containers', names: ['^esr-etl-notifications'] },
    driver: {
      kind: 'docker-run',
      args: [
        { when: null, words: ['--loadType=${loadType}'] },
        { when: null, words: ['--date=${date}'] },
        { when: 'deanery', words: ['--deanery=${deanery}'] },
      ],
    },
    writes: [{ kind: 'table', table: { database: 'tcs', table: 'EsrNotification', holds: 'utc' }, atLeast: 1 }],
  });
  expect(loadTypes[2]!.writes).toMatchObject([{ kind: 's3', expect: 'per-office', contiguous: true, minBytes: 1 }]);
});

test.each([
  ['0 2 * * *', '0 2 * *', 'must be five fields of cron'],
  ['0 2 * * *', '0 25 * * *', 'must be five fields of cron'],
  ["'Application startup failed', 'Job failed'", "'('", 'must be a regular expression'],
  ["'Application startup failed', 'Job failed'", "'x*'", 'does not match everything'],
  ['type: deanery, help: only', 'type: enum, help: only', 'go with the type enum'],
  ['      deanery: { type', '      date: { type', 'is a name with a meaning of its own'],
  ['tcs.EsrNotification', 'EsrNotification', 'must be database.table'],
  ["closesAt: '18:00'", "closesAt: '24:00'", 'must be a time of day'],
  ['usually: 6m', 'usualy: 6m', 'usually'],
  ['host: local', 'host: lcal', 'lcal'],
  ['image: tis-esr-etl:stable # a', 'host: far # a', 'run'],
  ['image: tis-esr-etl:stable # a', 'image: x\n          host: far # a', 'far'],
])('%s as %s is refused when it is loaded', async (good, bad, said) => {
  const text = await readFile(shipped, 'utf8');
  const broken = text.replace(good, bad);
  expect(broken).not.toBe(text);
  let fault: unknown = null;
  try {
    parseConfig(broken, 'config.yaml');
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(Fault);
  expect((fault as Fault).problems.map(({ message }) => message).join('\n')).toContain(said);
});
