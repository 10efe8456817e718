import { describe, expect, it } from 'vitest';
import { noticeText } from '../../../src/core/notice-text.ts';
import { createNoticeWatch, type NoticeWatch } from '../../../src/core/notice-watch.ts';
import type { LoadType } from '../../../src/core/load-type.ts';
import type { Message, MessageCode } from '../../../src/core/messages.ts';
import { samplePlan } from '../../support/sample-plan.ts';

const now = Date.parse('2026-03-20T16:40:00Z');
const load = (changes: Partial<LoadType> = {}): LoadType =>
  ({
    name: 'applicant-export',
    aliases: [],
    meaning: '',
    example: false,
    defaultDate: 'today',
    schedule: { cron: '0 15 * * *', zone: 'Europe/London' },
    usualMs: 600_000,
    feeds: [],
    closesAt: '17:30',
    missed: { means: 'No files today.', coveredBy: null, instead: null },
    ...changes,
  }) as LoadType;

function watchWith(loadTypes: readonly LoadType[] = []): NoticeWatch {
  return createNoticeWatch({
    environment: {
      name: 'prod',
      timezone: 'Europe/London',
      loadTypes,
      notify: { channels: [], warnBeforeMs: 3_600_000 },
    },
    by: 'me@here',
    now: () => now,
  });
}
const say = (watch: NoticeWatch, code: MessageCode, payload: unknown): readonly string[] =>
  watch.see({ code, payload } as Message).map(({ event, outcome }) => outcome ?? event);
const started = { run: 'run-1', command: 'recover vhost', environment: 'prod', journal: '', resumed: false };

describe('a watch', () => {
  it.each([
    ['done', 'ended'],
    ['unverified', 'ended'],
    ['blocked', 'blocked'],
    ['failed', 'needs-person'],
    ['unknown', 'needs-person'],
    ['declined', 'needs-person'],
    ['interrupted', 'needs-person'],
  ] as const)('tells an end %s as %s, once', (exit, event) => {
    const watch = watchWith();
    expect(say(watch, 'run.started', started)).toEqual(['started']);
    const end = { ...started, exit, summary: 'so it ended', problems: [], next: ['do this'] };
    expect(watch.see({ code: 'run.ended', payload: end })).toMatchObject([
      { event, what: 'so it ended', next: 'do this' },
    ]);
    expect(say(watch, 'run.ended', end)).toEqual([]);
  });
  it('tells of a step by hand when somebody is asked, or nobody said anything, and not when it was given', () => {
    const watch = watchWith();
    const manual = { step: 'stop-cdc', title: 'Stop CDC', prose: '' };
    const finished = (outcome: string) => ({ step: 'stop-cdc', title: 'Stop CDC', outcome, ms: 1 });
    say(watch, 'run.started', started);
    say(watch, 'manual.instructions', manual);
    expect(say(watch, 'step.finished', finished('verified'))).toEqual([]);
    say(watch, 'manual.instructions', manual);
    expect(say(watch, 'step.finished', finished('unverified'))).toEqual(['needs-person']);
    say(watch, 'manual.instructions', manual);
    expect(watch.asked({ code: 'manual.stop-cdc' }).map(({ what }) => what)).toEqual([
      'Step "Stop CDC" is done by hand and waits for somebody.',
    ]);
    expect(watch.asked({ code: 'consent' })).toEqual([]);
  });
  it('does not tell a blocked step twice', () => {
    const watch = watchWith();
    say(watch, 'run.started', started);
    const blockers = [{ code: 'x', message: 'No capture.', items: [], remedies: [] }];
    expect(say(watch, 'step.blocked', { step: 'recreate', blockers })).toEqual(['blocked']);
    expect(say(watch, 'run.ended', { ...started, exit: 'blocked', summary: '', problems: [], next: [] })).toEqual([]);
  });
  it('warns of a deadline that is near once, not of one that is far, nor of an example', () => {
    const watch = watchWith([load()]);
    expect(say(watch, 'run.started', started)).toEqual(['started', 'deadline-at-risk']);
    expect(say(watch, 'step.started', {})).toEqual([]);
    expect(say(watchWith([load({ closesAt: '23:30' })]), 'run.started', started)).toEqual(['started']);
    expect(say(watchWith([load({ example: true })]), 'run.started', started)).toEqual(['started']);
  });
  it('tells of a run that could not begin', () => {
    const watch = watchWith();
    say(watch, 'plan.shown', { plan: samplePlan() });
    const problems = [{ code: 'x', message: 'Two foreign queues.', exit: 'blocked' as const }];
    expect(watch.see({ code: 'run.refused', payload: { command: 'recover vhost', problems } })).toMatchObject([
      { event: 'blocked', run: null, what: 'Two foreign queues.' },
    ]);
  });
  it('says nothing of a run of routine steps', () => {
    const watch = watchWith();
    const plan = samplePlan();
    const routine = { ...plan, steps: plan.steps.map((step) => ({ ...step, risk: 'routine', kind: 'do' })) };
    say(watch, 'plan.shown', { plan: routine });
    expect(say(watch, 'run.started', started)).toEqual([]);
    expect(say(watch, 'run.ended', { ...started, exit: 'failed', summary: '', problems: [], next: [] })).toEqual([]);
  });
});

describe('the words', () => {
  const [notice] = watchWith([load()]).see({ code: 'run.started', payload: started });
  it('name component, implication, deadline and next step to the team', () => {
    expect(noticeText(notice!, { audience: 'team' }, 'Europe/London')).toBe(
      [
        '*Started*: recover vhost in prod',
        '*Component:* RabbitMQ, on which all services of the ESR interface meet',
        '*Implication:* While its vhost does not run, no file from or to ESR is processed.',
        '*Deadline:* applicant-export at 2026-03-20 17:30 Europe/London, in 50 min. If it is missed: No files today.',
        '*Next:* esr-ops runs show run-1 --env prod',
        'run-1 by me@here, 2026-03-20 16:40 Europe/London',
      ].join('\n'),
    );
  });
  it('are plain to those who wait for the files', () => {
    const text = noticeText(notice!, { audience: 'esr' }, 'Europe/London');
    expect(text).toContain('Files between TIS and ESR are not processed at the moment.');
    expect(text).toContain('There is nothing for you to do now.');
    expect(text).not.toMatch(/vhost|RabbitMQ|run-1|esr-ops/);
  });
  it('can not mention anybody or make links, whatever names hold', () => {
    const text = noticeText({ ...notice!, target: 'vhost:<!channel> & <http://x|y>' }, { audience: 'team' }, 'UTC');
    expect(text).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
    expect(text).not.toMatch(/<[!@h]/);
  });
});
