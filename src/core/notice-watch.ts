import type { Environment } from './environment.ts';
import type { ExitName } from './exit-codes.ts';
import type { Question } from './host.ts';
import type { Message } from './messages.ts';
import type { Notice, NoticeEvent } from './notice.ts';
import { possibleSteps, type Plan } from './plan.ts';
import { timetable } from './timetable.ts';

/** What a watch knows besides what is said. */
export interface NoticeSetting {
  readonly environment: Pick<Environment, 'name' | 'timezone' | 'loadTypes' | 'notify'>;
  /** `user@host` */
  readonly by: string;
  readonly now: () => number;
}

/** Listens to what a run says and finds what people outside have to hear. */
export interface NoticeWatch {
  see(message: Message): readonly Notice[];
  /** A person is being asked at the terminal. */
  asked(question: Pick<Question, 'code'>): readonly Notice[];
}

/**
 * Watches one program's run. A run of routine steps only, such as a capture from cron, is nobody's business: it gives no
 * notices.
 */
export function createNoticeWatch({ environment, by, now }: NoticeSetting): NoticeWatch {
  let plan: Plan | null = null;
  let run: { readonly name: string; readonly command: string } | null = null;
  let manual: { readonly step: string; readonly title: string } | null = null;
  let blocked = false;
  const warned = new Set<string>();

  const notice = (
    event: NoticeEvent,
    more: { readonly what?: string; readonly next?: string; readonly outcome?: ExitName } = {},
  ): Notice => ({
    at: new Date(now()).toISOString(),
    event,
    environment: environment.name,
    command: run?.command ?? plan?.command ?? '',
    run: run?.name ?? null,
    target: plan?.target ?? null,
    outcome: more.outcome ?? null,
    what: more.what ?? '',
    next: more.next ?? '',
    deadline: event === 'ended' && more.outcome === 'done' ? null : nearestDeadline(environment, now()),
    by,
  });
  const show = (): string => `esr-ops runs show ${run?.name ?? ''} --env ${environment.name}`;
  const atRisk = (): readonly Notice[] => {
    const deadline = nearestDeadline(environment, now());
    if (deadline === null || deadline.leftMs > environment.notify.warnBeforeMs) return [];
    const key = `${deadline.loadType}@${deadline.atMs}`;
    if (warned.has(key)) return [];
    warned.add(key);
    return [notice('deadline-at-risk', { next: show() })];
  };
  const stepWaits = (why: string): readonly Notice[] => {
    if (manual === null) return [];
    const { title } = manual;
    manual = null;
    return [notice('needs-person', { what: `Step "${title}" is done by hand${why}.`, next: show() })];
  };
  const ended = (payload: { exit: ExitName; summary: string; next: readonly string[] }): readonly Notice[] => {
    const { exit, summary, next } = payload;
    const more = { what: summary, next: next[0] ?? (exit === 'done' ? '' : show()), outcome: exit };
    if (exit === 'done' || exit === 'unverified') return [notice('ended', more)];
    if (exit === 'blocked') return blocked ? [] : [notice('blocked', more)];
    return [notice('needs-person', more)];
  };

  return {
    see: ({ code, payload }) => {
      switch (code) {
        case 'plan.shown':
          plan = payload.plan;
          return [];
        case 'run.refused':
          if (plan !== null && isRoutine(plan)) return [];
          return [
            notice('blocked', { what: payload.problems.map(({ message }) => message).join(' '), outcome: 'blocked' }),
          ];
        case 'run.started':
          if (plan !== null && isRoutine(plan)) return [];
          run = { name: payload.run, command: payload.command };
          return [
            notice('started', { what: payload.resumed ? 'An interrupted run goes on.' : '', next: show() }),
            ...atRisk(),
          ];
        case 'step.started':
          return run === null ? [] : atRisk();
        case 'step.blocked':
          if (run === null) return [];
          blocked = true;
          return [
            notice('blocked', {
              what: `Step ${payload.step}: ${payload.blockers.map(({ message }) => message).join(' ')}`,
              next: show(),
            }),
          ];
        case 'manual.instructions':
          if (run !== null) manual = payload;
          return [];
        case 'step.finished':
          if (payload.outcome === 'unverified') return stepWaits(', and nobody said that it was');
          manual = null;
          return [];
        case 'run.ended': {
          const found = run === null ? [] : ended(payload);
          run = null;
          return found;
        }
        default:
          return [];
      }
    },
    asked: ({ code }) => (code.startsWith('manual.') ? stepWaits(' and waits for somebody') : []),
  };
}

/** What a run of this plan would tell: its start and a good end. For a dry run. */
export function noticesAhead(plan: Plan, setting: NoticeSetting): readonly Notice[] {
  if (isRoutine(plan)) return [];
  const watch = createNoticeWatch(setting);
  watch.see({ code: 'plan.shown', payload: { plan } });
  const of = { run: 'run-...', command: plan.command, environment: plan.environment.name, journal: '' };
  return [
    ...watch.see({ code: 'run.started', payload: { ...of, resumed: false } }),
    ...watch.see({
      code: 'run.ended',
      payload: { ...of, exit: 'done', summary: 'Every step is finished and was verified.', problems: [], next: [] },
    }),
  ];
}

function isRoutine(plan: Plan): boolean {
  return possibleSteps(plan).every(({ risk, kind }) => risk === 'routine' && kind !== 'manual');
}

/** The next moment at which something of today's is too late; those that a run started now would miss count, too. */
function nearestDeadline({ loadTypes, timezone }: NoticeSetting['environment'], atMs: number): Notice['deadline'] {
  const real = loadTypes.filter(({ example }) => !example);
  const ahead = timetable({ loadTypes: real, timezone }, atMs, null).rows.flatMap(({ loadType, outlook }) =>
    outlook === null || outlook.leftMs <= 0 ? [] : [{ loadType, atMs: outlook.deadline.atMs, leftMs: outlook.leftMs }],
  );
  const [first] = ahead.sort((a, b) => a.leftMs - b.leftMs);
  const load = loadTypes.find(({ name }) => name === first?.loadType);
  return first === undefined || load === undefined ? null : { ...first, means: load.missed.means };
}
