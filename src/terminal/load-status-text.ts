import type { DeadlineOutlook } from '../core/deadline.ts';
import type { LoadStatus } from '../core/load-status.ts';
import type { LoadJobState } from '../core/ports-loads.ts';
import type { Messages } from '../core/messages.ts';
import { spanWords } from '../core/span-words.ts';
import { indented, line, toned, type Line, type Part } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';

/** How load types stand: what ran, what is there, how long there is. */
export function loadStatusLines({ environment, runs }: Messages['etl.status'], style: Style): readonly Line[] {
  return [heading(`ETL runs of ${environment}`), ...runs.flatMap((run) => runLines(run, style))];
}

function runLines(run: LoadStatus, style: Style): readonly Line[] {
  const { job, inProgress, standing, outlook } = run;
  return [
    line(markOf(run, style), toned('strong', run.loadType), ` for ${run.date}: ${standingWords[standing.is]}`),
    indented(4, [run.meaning], 0),
    ...standing.words.map((words) => indented(4, [words], 2)),
    ...(run.scheduledMs === null ? [] : [labelled(4, 'by its schedule', instant(run.scheduledMs, style.timezone))]),
    ...(job === null ? [] : jobLines(job, style)),
    ...(inProgress?.others ?? []).map((seen) => warningLine(style, `goes on: ${seen}`, 4)),
    ...(outlook === null ? [] : [labelled(4, 'deadline', outlookWords(outlook, style))]),
    ...run.problems.map((problem) => warningLine(style, problem, 4)),
  ];
}

const standingWords = {
  none: 'nothing of it is there',
  partial: 'a part of it is there',
  complete: 'it is there',
  unknown: 'not known what is there',
} as const;

function markOf({ standing }: LoadStatus, { symbols }: Style): Part {
  if (standing.is === 'complete') return toned('good', `${symbols.good} `);
  return standing.is === 'partial' ? toned('bad', `${symbols.bad} `) : toned('warn', `${symbols.warn} `);
}

function jobLines(job: LoadJobState, style: Style): readonly Line[] {
  switch (job.is) {
    case 'none':
      return [];
    case 'placed':
      return [warningLine(style, job.where, 4)];
    case 'running':
      return [
        labelled(
          4,
          'runs by esr-ops',
          `${job.where}${job.sinceMs === null ? '' : `, since ${instant(job.sinceMs, style.timezone)}`}`,
        ),
      ];
    case 'ended': {
      const how = job.exitCode === null ? 'without an exit code' : `with exit code ${job.exitCode}`;
      const when = job.endedMs === null ? '' : ` at ${instant(job.endedMs, style.timezone)}`;
      return [labelled(4, 'run by esr-ops', `ended ${how}${when} (${job.where})`)];
    }
    default:
      return job satisfies never;
  }
}

function outlookWords({ deadline, leftMs, usualMs, is }: DeadlineOutlook, style: Style): string {
  const at = `${instant(deadline.atMs, style.timezone)}${deadline.feeds === null ? '' : `, when ${deadline.feeds} starts`}`;
  if (is === 'passed') return `${at}: ${spanWords(leftMs)} ago`;
  return `${at}: in ${spanWords(leftMs)}; usual duration ${spanWords(usualMs)}: ${is === 'makes-it' ? 'makes it' : "can't make it"}`;
}
