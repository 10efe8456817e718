import { expect, test } from 'vitest';
import { timetable } from '../../../src/core/timetable.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { createStyle } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';
import type { Message } from '../../../src/core/messages.ts';
import { shippedEnvironment } from './samples.ts';

const style = createStyle({ stream: {}, color: 'never', env: { LANG: 'C.UTF-8' }, timezone: 'Europe/London' });
const environment = shippedEnvironment();
const said = (message: Message): string => layOut(renderMessage(message, style), style, (text) => text).join('\n');

test('at 17:22 of the incident the schedule says that there are 8 minutes, and what makes what good', () => {
  const at = Date.parse('2019-10-16T16:22:00Z');
  const text = said({
    code: 'schedule.shown',
    payload: { environment: 'prod', timetable: timetable(environment, at, at - 15.4 * 3_600_000) },
  });
  expect(text).toContain('Schedule of prod at 2019-10-16 16:22:00Z (17:22 Europe/London)');
  expect(text).toMatch(
    /when notification-export\s+starts, in 8 min; usual duration 6 min: a run that starts now\s+makes\s+it/,
  );
  expect(text).toMatch(
    /no later run makes it good; to run it:\n {4}esr-ops etl run --load-type notifications-daily-load --date 2019-10-16/,
  );
  expect(text).toContain('made good by applicant-load at 2019-10-17 14:30:00Z (15:30 Europe/London)');
});

test('explaining ESR-ETL says first that it is not ESR', () => {
  const component = environment.components[1]!;
  const text = said({ code: 'component.explained', payload: { component, neededBy: [], runs: ['x'] } });
  expect(text.split('\n')[0]).toBe('esr-etl');
  expect(text).toContain('▲ Not the ESR service.');
  expect(text).toContain('also called: etl, tis-esr-etl, esr-parametrized-etl');
});

test('every load type of the example is explained with what a second run does', () => {
  for (const loadType of environment.loadTypes) {
    const payload = { loadType, component: null, fedBy: [], atMs: 0, row: null };
    const text = said({ code: 'etl.explained', payload });
    expect(text).toContain(loadType.rerun.is === 'safe' ? 'is safe' : 'run twice');
    expect(text).not.toContain('undefined');
  }
  expect(said({ code: 'etl.listed', payload: { loadTypes: environment.loadTypes } })).toContain('30 15 * * *');
});
