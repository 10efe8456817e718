import type { Component } from '../core/component.ts';
import type { DeadlineOutlook } from '../core/deadline.ts';
import type { LoadArgument, LoadType, LoadWrite } from '../core/load-type.ts';
import type { Messages } from '../core/messages.ts';
import { spanWords } from '../core/span-words.ts';
import { typedCommand } from '../core/typed-command.ts';
import type { ScheduledRun, TimetableRow } from '../core/timetable.ts';
import { blank, command, indented, line, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';

/** The schedule at a moment, and what it had since another. */
export function scheduleLines({ environment, timetable }: Messages['schedule.shown'], style: Style): readonly Line[] {
  const { atMs, sinceMs, rows, missed } = timetable;
  const at = (ms: number): string => instant(ms, style.timezone);
  return [
    heading(`Schedule of ${environment} at ${at(atMs)}`),
    ...rows.flatMap((row) => rowLines(row, atMs, style)),
    ...(sinceMs === null
      ? []
      : [
          blank,
          heading(`Runs since ${at(sinceMs)}: a schedule does not know which of them failed`),
          ...(missed.length === 0 ? [line('None.')] : missed.flatMap((run) => missedLines(run, style))),
        ]),
  ];
}

function rowLines(row: TimetableRow, atMs: number, style: Style): readonly Line[] {
  const at = (ms: number): string => instant(ms, style.timezone);
  const { lastMs, nextMs, outlook } = row;
  return [
    line(toned('strong', row.loadType), row.example ? ' (an example of the shipped configuration)' : ''),
    ...(row.cron === null ? [indented(2, ['has no schedule: it is only run by hand'])] : []),
    ...(lastMs === null
      ? []
      : [
          labelled(
            2,
            'last ',
            `${at(lastMs)}, for ${row.lastDate ?? ''}${row.due ? `; began ${spanWords(atMs - lastMs)} ago and should be going on` : ''}`,
          ),
        ]),
    ...(nextMs === null ? [] : [labelled(2, 'next ', `${at(nextMs)}, in ${spanWords(nextMs - atMs)}`)]),
    ...(outlook === null ? [] : [outlookLine(outlook, style)]),
  ];
}

/** `closes …: 17:30 export in 42 min; usual duration 6 min: makes it`. */
function outlookLine({ deadline, leftMs, usualMs, is }: DeadlineOutlook, style: Style): Line {
  const when = `${instant(deadline.atMs, style.timezone)}${deadline.feeds === null ? '' : ` when ${deadline.feeds} starts`}`;
  const usual = `usual duration ${spanWords(usualMs)}`;
  const words = {
    'makes-it': `in ${spanWords(leftMs)}; ${usual}: a run that starts now makes it`,
    'cannot-make-it': `in ${spanWords(leftMs)}; ${usual}: a run that starts now can't make it`,
    passed: `${spanWords(leftMs)} ago`,
  } as const;
  return labelled(2, is === 'passed' ? 'closed' : 'closes', `${when}, ${words[is]}`);
}

function missedLines(run: ScheduledRun, style: Style): readonly Line[] {
  const { coveredBy } = run;
  return [
    line(toned('strong', run.loadType), ` of ${instant(run.atMs, style.timezone)}, for ${run.date}`),
    labelled(2, 'if it failed:', run.means),
    ...(coveredBy === null
      ? [
          warningLine(style, 'no later run makes it good; to run it:', 2),
          command(4, typedCommand(['esr-ops', 'etl', 'run', '--load-type', run.loadType, '--date', run.date])),
        ]
      : [labelled(2, 'made good by', `${coveredBy.loadType} at ${instant(coveredBy.atMs, style.timezone)}`)]),
    ...(run.outlook === null ? [] : [outlookLine(run.outlook, style)]),
  ];
}

/** Load types: which job is which. */
export function loadTypesLines({ loadTypes }: Messages['etl.listed']): readonly Line[] {
  return loadTypes.flatMap((load) => [
    line(toned('strong', load.name), `  ${whenWords(load)}`),
    indented(4, [load.meaning]),
    ...(load.example ? [indented(4, [toned('faint', 'an example of the shipped configuration')])] : []),
  ]);
}

function whenWords({ schedule }: LoadType): string {
  return schedule === null ? 'by hand only' : `${schedule.cron} ${schedule.zone}`;
}

/** One load type: everything that is configured of it. */
export function loadTypeLines(payload: Messages['etl.explained'], style: Style): readonly Line[] {
  const { loadType: load, component, fedBy, row, atMs } = payload;
  const { missed, rerun } = load;
  return [
    heading(load.name),
    line(load.meaning),
    ...(load.example
      ? [warningLine(style, 'This is still an example of the shipped configuration; etl run refuses it.')]
      : []),
    ...listed('also called', load.aliases),
    labelled(
      0,
      'runs in:',
      component === null ? `${load.component}, which is not configured` : componentWords(component),
    ),
    labelled(0, 'schedule:', `${whenWords(load)}; usually takes ${spanWords(load.usualMs)}`),
    labelled(0, 'run by hand:', driverWords(load)),
    ...load.parameters.map((one) =>
      indented(
        2,
        [
          toned('command', `--param ${one.name}=...`),
          ` ${one.type}${one.values.length > 0 ? ` (${one.values.join(', ')})` : ''}${one.required ? ', required' : ''}: ${one.help}`,
        ],
        4,
      ),
    ),
    ...load.writes.map((write) => labelled(0, 'writes:', writeWords(write))),
    ...listed('fed by', fedBy),
    ...listed('feeds', load.feeds),
    ...(row === null ? [] : rowLines(row, atMs, style).slice(1)),
    labelled(0, 'when missed:', missed.means),
    labelled(2, 'made good by:', missed.coveredBy === null ? 'no later run' : `the next ${missed.coveredBy}`),
    ...(missed.instead === null ? [] : [labelled(2, 'too late?', missed.instead)]),
    labelled(0, 'run twice:', rerun.is === 'safe' ? 'is safe: the same comes out' : (rerun.twice ?? '')),
    ...(rerun.clear === null ? [] : [labelled(2, 'before that:', rerun.clear)]),
  ];
}

function componentWords(component: Component): string {
  return `${component.name}${component.host === null ? '' : ` on ${component.host}`}. ${component.is}`;
}

function driverWords({ driver }: LoadType): string {
  switch (driver.kind) {
    case 'docker-run':
      return `a container of ${driver.image}: ${typed(driver.args)}`;
    case 'docker-start':
      return `docker start ${driver.container}`;
    case 'argv':
      return `${driver.program} ${typed(driver.args)}`;
    case 'publish':
      return `a message to exchange ${driver.exchange === '' ? '(default)' : driver.exchange} with routing key ${driver.routingKey}${driver.perOffice ? ', one for each Local Office' : ''}`;
    default:
      return driver satisfies never;
  }
}

function typed(args: readonly LoadArgument[]): string {
  return args.map(({ when, words }) => (when === null ? words.join(' ') : `[${words.join(' ')}]`)).join(' ');
}

/** Where a load type leaves what it writes. */
function writeWords(write: LoadWrite): string {
  switch (write.kind) {
    case 'table': {
      const { database, table, date, office } = write.table;
      return `rows of ${database}.${table}, by ${date}${office === null ? '' : ` and ${office}`}, at least ${write.atLeast}`;
    }
    case 's3':
      return `files s3://${write.bucket}/${write.prefix}${write.key}, ${write.expect === 'per-office' ? 'one for each Local Office' : write.expect}${write.contiguous ? ', numbers without a gap' : ''}`;
    case 'queue':
      return `messages in queue ${write.queue}, at least ${write.atLeast}`;
    default:
      return write satisfies never;
  }
}

/** One component: what it is, and what it is not. */
export function componentLines(payload: Messages['component.explained'], style: Style): readonly Line[] {
  const { component, neededBy, runs } = payload;
  const { log, health } = component;
  return [
    heading(component.name),
    line(component.is),
    ...component.isNot.map((sentence) => warningLine(style, sentence)),
    ...listed('also called', component.aliases),
    labelled(0, 'owner:', component.owner),
    labelled(0, 'host:', component.host ?? 'this machine'),
    labelled(0, 'controlled by:', controlWords(component)),
    labelled(0, 'made anew by:', recreateWords(component)),
    labelled(
      0,
      'healthy when:',
      health === null
        ? 'nothing is configured, so a start stays unverified'
        : health.kind === 'command'
          ? `${typedCommand(health.command)} exits 0`
          : `${health.url} answers ${health.status}${health.body === null ? '' : ` with ${health.body}`}`,
    ),
    ...listed('log says it started', log.started),
    ...listed('log says it failed', log.failed),
    ...listed('needs', component.dependsOn),
    ...listed('needed by', neededBy),
    ...listed('runs load types', runs),
    ...listed('consumes from', component.queues),
  ];
}

function controlWords({ control }: Component): string {
  switch (control.kind) {
    case 'container':
      return `container ${control.container}`;
    case 'systemd':
      return `systemd unit ${control.unit}`;
    case 'commands':
      return `${typedCommand(control.stop)}, ${typedCommand(control.start)}`;
    case 'person':
      return "a person; it can't be controlled from here";
    default:
      return control satisfies never;
  }
}

function recreateWords({ recreate }: Component): string {
  if (recreate === null) return 'a person';
  return recreate.kind === 'command'
    ? typedCommand(recreate.command)
    : `service ${recreate.service} of ${recreate.file}`;
}

function listed(label: string, items: readonly string[]): readonly Line[] {
  return items.length === 0 ? [] : [labelled(0, `${label}:`, items.join(', '))];
}

/** New lines of a log that is followed. */
export function logLines({ lines }: Messages['load.logged']): readonly Line[] {
  return lines.map((text) => indented(4, [toned('faint', '| '), text], 2));
}
