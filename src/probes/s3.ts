import { deadlineOf, outlookFor, runForDate } from '../core/deadline.ts';
import type { Finding, NextStep } from '../core/finding.ts';
import type { S3SetReport } from '../core/s3-report.ts';
import { finding, looked, notConfigured, unseen, type PartLook, type Probe } from './probe.ts';
import type { ProbeScope } from './scope.ts';

/** Files in S3 of each load type's last run that should be over, against what it is expected to write. */
export const s3Probe: Probe = {
  place: 's3',
  look: async (scope) => {
    const { s3, environment } = scope;
    if (environment.s3 === null) return notConfigured('S3', 'no s3 section');
    if (s3.length === 0) return notConfigured('S3', 'no scheduled load type writes to it');
    return await Promise.all(
      s3.map(async ({ bucket, date, sets }): Promise<PartLook> => {
        const subject = `bucket ${bucket}, files of ${date}`;
        const seen = await sets();
        if (seen.is === 'unseen')
          return looked(subject, {}, [
            unseen('s3', seen.problem, 'Whether files for ESR were written cannot be known from here.'),
          ]);
        const [found, expected] = [sum(seen.value, 'found'), sum(seen.value, 'expected')];
        return looked(
          subject,
          { figure: `${found} of ${expected} files`, figures: { found, expected } },
          seen.value.flatMap((set) => findingsOf(set, scope)),
        );
      }),
    );
  },
};

function sum(sets: readonly S3SetReport[], what: 'found' | 'expected'): number {
  return sets.reduce((total, set) => total + set[what], 0);
}

function findingsOf(set: S3SetReport, scope: ProbeScope): readonly Finding[] {
  if (set.findings.length === 0 && set.state === 'complete') return [];
  const missing = set.state !== 'complete';
  const offices = set.offices.filter(({ found }) => found === 0).map(({ code }) => code);
  const kinds = [...new Set(set.findings.map(({ kind }) => kind))].join(', ');
  return [
    finding({
      code: missing ? 's3.file-missing' : 's3.file-wrong',
      place: 's3',
      severity: set.state === 'none' ? 'broken' : 'degraded',
      message: missing
        ? `Of ${set.loadType} for ${set.date} there ${set.found === 1 ? 'is' : 'are'} ${set.found} of ${set.expected} files.`
        : `The files of ${set.loadType} for ${set.date} are not as they should be: ${kinds}.`,
      figure: `${set.found} of ${set.expected} files`,
      evidence: [
        `s3://${set.bucket}/${set.prefix}: ${set.found} files, ${set.bytes} bytes`,
        ...(missing && offices.length > 0 ? [`none for ${offices.join(', ')}`] : []),
      ],
      meaning: missing
        ? 'ESR does not get these files of the day: the load did not run, or not to its end.'
        : 'ESR may reject a file, or take one twice.',
      blocks: [`what ESR does with ${set.loadType} of ${set.date}`],
      next: missing ? nextOf(set, scope) : looking(set),
    }),
  ];
}

/** A look, and no more. */
function looking({ date }: S3SetReport): NextStep {
  return { byHand: null, command: `esr-ops s3 check --date ${date}` };
}

/** How far back `recover etl` looks by itself, ms, less what a person takes to type it. */
const lookedBackMs = 23 * 3_600_000;

/** As long as there is time, the load type runs again for what is missing; then only people can help. */
function nextOf(set: S3SetReport, { environment, nowMs }: ProbeScope): NextStep {
  const load = environment.loadTypes.find(({ name }) => name === set.loadType);
  if (load === undefined || load.example) return looking(set);
  const deadline = deadlineOf(load, set.date, environment);
  if (deadline !== null && outlookFor(load, deadline, nowMs).is !== 'makes-it')
    return {
      ...looking(set),
      byHand: `It is too late to run it for ${set.date}. ${load.missed.instead ?? 'Tell the ESR team what they do not get.'}`,
    };
  const ranMs = runForDate(load, set.date, environment.timezone) ?? nowMs;
  const since = nowMs - ranMs < lookedBackMs ? '' : ` --since ${new Date(ranMs).toISOString()}`;
  return { byHand: null, command: `esr-ops recover etl${since}` };
}
