import type { ExitName } from './exit-codes.ts';
import type { Notice, NoticeChannel } from './notice.ts';
import { visible } from './visible.ts';

/** What a command works on, and what its standing still means, in words for the team and in plain ones. */
interface Area {
  readonly component: string;
  readonly implication: string;
  readonly plain: string;
}

const areas: readonly (readonly [RegExp, Area])[] = [
  [
    /\bdlq\b/,
    {
      component: 'dead letters on RabbitMQ',
      implication: 'Messages that a service gave up wait; nothing else stands still.',
      plain: 'Some records are held up; most are not affected.',
    },
  ],
  [
    /\b(vhost|broker)\b/,
    {
      component: 'RabbitMQ, on which all services of the ESR interface meet',
      implication: 'While its vhost does not run, no file from or to ESR is processed.',
      plain: 'Files between TIS and ESR are not processed at the moment.',
    },
  ],
  [
    /\b(cdc|maxwell)\b/,
    {
      component: 'CDC (Maxwell), which passes changes in TIS on',
      implication: 'While it stands still, changes made in TIS wait in the database; a replay may send some twice.',
      plain: 'Changes made in TIS are not passed on to ESR at the moment. They are kept and will follow.',
    },
  ],
  [
    /\b(etl|docker|esr)\b/,
    {
      component: 'ESR and its ETL',
      implication: 'While they do not work, loads and exports of the day are late or missed.',
      plain: 'The daily files for ESR may be late.',
    },
  ],
];

const anyArea: Area = {
  component: 'the ESR interface',
  implication: 'What it means is not known to this command.',
  plain: 'The exchange of data between TIS and ESR may be disturbed.',
};

/** The text of a notice for a channel: plain text with Slack's three escapes and no other markup than bold. */
export function noticeText(notice: Notice, channel: Pick<NoticeChannel, 'audience'>, timezone: string): string {
  const area = areas.find(([pattern]) => pattern.test(notice.command))?.[1] ?? anyArea;
  const lines = channel.audience === 'team' ? forTheTeam(notice, area, timezone) : inPlainWords(notice, area, timezone);
  return lines.filter((line) => line !== '').join('\n');
}

function forTheTeam(notice: Notice, { component, implication }: Area, timezone: string): readonly string[] {
  const { command, environment, target, run, by, at, what, next } = notice;
  const named = target === null ? '' : ` (${target})`;
  if (notice.event === 'test')
    return [`*Test* of the notices of ${escaped(environment)}, sent by ${escaped(by)}. Nothing happened.`];
  return [
    `*${titleOf(notice)}*: ${escaped(`${command}${named} in ${environment}`)}`,
    escaped(what),
    `*Component:* ${escaped(component)}`,
    isOver(notice) ? '' : `*Implication:* ${escaped(implication)}`,
    deadlineLine('*Deadline:* ', notice, timezone),
    next === '' ? '' : `*Next:* ${escaped(next)}`,
    escaped(`${run ?? 'no run'} by ${by}, ${timeWords(Date.parse(at), timezone)}`),
  ];
}

function inPlainWords(notice: Notice, { plain }: Area, timezone: string): readonly string[] {
  const where = `TIS to ESR interface (${escaped(notice.environment)})`;
  const deadline = deadlineLine('', notice, timezone);
  switch (notice.event) {
    case 'test':
      return [`${where}: this is a test of these messages. Nothing happened, and there is nothing to do.`];
    case 'started':
      return [`${where}: there is a problem, and we are working on it.`, escaped(plain), deadline, nothingToDo];
    case 'blocked':
    case 'needs-person':
      return [
        `${where}: the repair has stopped, and one of us has to look at it.`,
        escaped(plain),
        deadline,
        'Next: we go on by hand and tell you here.',
      ];
    case 'deadline-at-risk':
      return [`${where}: the repair may not be finished in time.`, deadline, 'Next: we tell you here how it ended.'];
    case 'ended':
      return notice.outcome === 'done'
        ? [`${where}: the problem is solved and checked.`, 'There is nothing for you to do.']
        : [`${where}: the repair is done, and we are still checking that everything arrives.`, nothingToDo];
    default:
      return notice.event satisfies never;
  }
}

const nothingToDo = 'Next: we tell you here when it is done. There is nothing for you to do now.';

function isOver({ event, outcome }: Notice): boolean {
  return event === 'ended' && outcome === 'done';
}

const endings: Partial<Readonly<Record<ExitName, string>>> = {
  unknown: 'Outcome unknown, a person is needed',
  declined: 'Stopped for lack of an answer, a person is needed',
  interrupted: 'Interrupted, a person is needed',
  failed: 'Failed, a person is needed',
};

function titleOf({ event, outcome }: Notice): string {
  switch (event) {
    case 'started':
      return 'Started';
    case 'blocked':
      return 'Blocked';
    case 'needs-person':
      return (outcome === null ? null : endings[outcome]) ?? 'A person is needed';
    case 'deadline-at-risk':
      return 'Deadline at risk';
    case 'ended':
      return outcome === 'done' ? 'Done and verified' : 'Done, NOT verified';
    case 'test':
      return 'Test';
    default:
      return event satisfies never;
  }
}

function deadlineLine(label: string, { deadline }: Notice, timezone: string): string {
  if (deadline === null) return '';
  const minutes = Math.round(deadline.leftMs / 60_000);
  const left = minutes > 0 ? `in ${minutes} min` : 'passed';
  return `${label}${escaped(`${deadline.loadType} at ${timeWords(deadline.atMs, timezone)}, ${left}. If it is missed: ${deadline.means}`)}`;
}

/** `2026-03-22 06:25 Europe/London`: readers of a channel are people of one zone. */
function timeWords(ms: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  return `${parts.format(ms)} ${timezone}`;
}

/** Slack takes these three for markup; nobody can be mentioned without them. What can't be seen is written out: a name forges no line. */
function escaped(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
