import type { Change } from '../core/change.ts';
import type { JournalRecord } from '../core/journal.ts';
import type { Plan } from '../core/plan.ts';
import type { TimelineEntry } from '../core/post-mortem.ts';
import { readNote } from './read-note.ts';

/** What a change does, in words; in the infinitive. */
export type DescribeChange = (change: Change) => string;

/** One run as it is written up. */
export interface ReportedRun {
  readonly run: string;
  readonly records: readonly JournalRecord[];
}

/** What happened in the runs, in order of time; of one moment, in the order of the records. */
export function timelineOf(runs: readonly ReportedRun[], describe: DescribeChange): readonly TimelineEntry[] {
  return runs
    .flatMap(({ run, records }) => {
      const first = records[0]?.entry;
      if (first?.type !== 'run.started') return [];
      const changes = new Map<string, readonly Change[]>();
      return records.flatMap((record): readonly TimelineEntry[] => {
        if (record.entry.type === 'step.approved') changes.set(record.entry.step, record.entry.changes);
        if (record.entry.type === 'run.noted') {
          const note = readNote(record.entry.text, record.at);
          const label = note.section === null ? 'Note' : `Note, ${note.section}`;
          return [{ at: note.at, run, from: 'note', text: `${label}: ${note.text}` }];
        }
        const text = textOf(record, first.plan, (step, index) => {
          const change = changes.get(step)?.[index];
          return change === undefined ? `change ${index + 1} of step ${step}` : describe(change);
        });
        return text === null ? [] : [{ at: record.at, run, from: 'journal', text }];
      });
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

type Describe = (step: string, index: number) => string;

/** Null: no moment of its own. */
function textOf({ entry }: JournalRecord, plan: Plan, describe: Describe): string | null {
  const titleOf = (step: string): string => plan.steps.find(({ id }) => id === step)?.title ?? step;
  switch (entry.type) {
    case 'run.started':
      return `esr-ops ${plan.command} began on ${plan.environment.name} (${plan.target}), by ${entry.operator.user} on ${entry.operator.host}${entry.reason === null ? '' : `; reason: ${entry.reason}`}`;
    case 'run.resumed':
      return `Resumed by ${entry.operator.user} on ${entry.operator.host}`;
    case 'step.approved': {
      if (entry.how === 'none' || entry.changes.length === 0) return null;
      return `Agreed to: ${titleOf(entry.step)} (${consent[entry.how]}${entry.tokens.length === 0 ? '' : `: ${entry.tokens.join(', ')}`})`;
    }
    case 'change.applied':
      return `Done: ${describe(entry.step, entry.index)}${evidenceText(entry.evidence)}`;
    case 'change.failed':
      return `${entry.certain ? 'Failed' : 'Outcome unknown'}: ${describe(entry.step, entry.index)}. ${entry.problem.message}`;
    case 'change.settled':
      return `Looked at after an interruption: ${describe(entry.step, entry.index)}: ${verdict[entry.verdict]}${entry.by === 'operator' ? ', said by a person' : ''}${evidenceText(entry.evidence)}`;
    case 'step.checked':
      return entry.met ? null : `Not so: ${titleOf(entry.step)} (looked ${entry.attempts} times)`;
    case 'manual.recorded':
      return `By hand: ${titleOf(entry.step)}. ${entry.how === 'assumed' ? 'Assumed' : 'Seen'}: ${entry.saw}`;
    case 'run.interrupted':
      return `Interrupted at ${entry.at}`;
    case 'run.ended':
      return `Ended: ${entry.summary}`;
    case 'run.acknowledged':
      return `Acknowledged as it stands by ${entry.operator.user} on ${entry.operator.host}: ${entry.reason}`;
    case 'step.skipped':
    case 'change.intended':
    case 'step.finished':
    case 'run.noted':
      return null;
    default:
      return entry satisfies never;
  }
}

const consent = {
  none: 'no consent needed',
  enter: 'with Enter',
  yes: 'yes',
  typed: 'the name was typed',
  flag: 'beforehand',
  plan: 'with the plan',
  earlier: 'earlier in the run',
} as const;

const verdict = { applied: 'it was done', 'not-applied': 'it was not done', unknown: 'not known' } as const;

function evidenceText(evidence: readonly string[]): string {
  return evidence.length === 0 ? '' : ` (${evidence.join('; ')})`;
}
