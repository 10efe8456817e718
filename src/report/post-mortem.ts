import { fold, isSettled, type RunState } from '../core/fold.ts';
import { leftBehind } from '../core/left-behind.ts';
import type { ActionItem, PostMortem, ReportItem, ReportSection } from '../core/post-mortem.ts';
import { textOf } from '../core/json.ts';
import { impactOf, madeIn, plainWords } from './impact.ts';
import { readNote, type NoteSection, type ReadNote } from './read-note.ts';
import { timelineOf, type DescribeChange, type ReportedRun } from './timeline.ts';

/** What a post-mortem is made from. */
export interface PostMortemSource {
  /** At least one, in any order. */
  readonly runs: readonly ReportedRun[];
  readonly incident: string | null;
  /** IANA zone of the times beside UTC. */
  readonly timezone: string;
  /** Runs whose journals can't be read: whether they belong to the incident is not known. */
  readonly unreadable: readonly string[];
  readonly describe: DescribeChange;
}

/**
 * Writes up runs from their journals alone, in the order of time. What people added with `runs note` fills the parts
 * that no journal can know; what nobody recorded is said to be missing.
 */
export function postMortem({ runs, incident, timezone, unreadable, describe }: PostMortemSource): PostMortem {
  const ordered = [...runs]
    .filter(({ records }) => records.length > 0)
    .sort((a, b) => Date.parse(a.records[0]?.at ?? '') - Date.parse(b.records[0]?.at ?? ''));
  const states = ordered.map((run) => ({ ...run, state: fold(run.records) }));
  const [first] = states;
  if (first === undefined) throw new Error('a post-mortem needs a run that began');
  const timeline = timelineOf(ordered, describe);
  const notes = states.flatMap(({ state }) => state.notes.map((note) => readNote(note.text, note.at)));
  const said = (section: NoteSection): readonly ReportItem[] =>
    notes
      .filter((note) => note.section === section)
      .map((note): ReportItem => ({ is: 'said', text: note.text, from: 'note' }));
  const orGap = (items: readonly ReportItem[], missing: string, section: NoteSection): readonly ReportItem[] =>
    items.length > 0 ? items : [gap(missing, section)];
  const { plan } = first.state.started;
  const commands = [...new Set(states.map(({ state }) => state.started.plan.command))];
  return {
    title: `${timeline[0]?.at.slice(0, 10) ?? first.state.startedAt.slice(0, 10)} ${incident ?? commands.join(', ')} (${plan.environment.name})`,
    incident,
    runs: states.map(({ run }) => run),
    environment: plan.environment.name,
    timezone,
    began: timeline[0]?.at ?? first.state.startedAt,
    ended:
      states
        .map(({ state }) => state.lastAt)
        .sort()
        .at(-1) ?? first.state.lastAt,
    operators: [
      ...new Set(
        ordered.flatMap(({ records }) =>
          records.flatMap(({ entry }) =>
            'operator' in entry ? [`${entry.operator.user} on ${entry.operator.host}`] : [],
          ),
        ),
      ),
    ],
    status: statusOf(states.map(({ state }) => state)),
    summary: [
      ...said('summary'),
      ...states.map(({ run, state }) =>
        journal(
          `${run}: esr-ops ${state.started.plan.command} on ${state.started.plan.target}: ${state.ended?.summary ?? 'it was cut off before its end'}`,
        ),
      ),
    ],
    impact: [
      ...orGap(said('impact'), 'what this meant to the people who wait for the files and notifications', 'impact'),
      ...impactOf(ordered).map(journal),
    ],
    sections: [
      {
        title: 'Non-technical Description',
        items: orGap(
          [...said('non-technical'), ...plainWords(ordered).map(journal)],
          'what happened, in plain words',
          'non-technical',
        ),
      },
      {
        title: 'Trigger',
        items: [
          ...orGap(said('trigger'), 'what set it off', 'trigger'),
          ...states.flatMap(({ run, state }) => seenAtFirst(run, state)),
        ],
      },
      {
        title: 'Detection',
        items: orGap(said('detection'), 'how and when it was first noticed, and by whom', 'detection'),
      },
      { title: 'Resolution', items: [...said('resolution'), ...resolution(states)] },
    ],
    timeline,
    rootCauses: [...orGap(said('root cause'), 'the root cause', 'root cause'), ...ownWords(ordered)],
    actions: actionsOf(notes, states, unreadable),
    lessons: lessonsOf(said),
    supporting: supportingOf(states, unreadable),
  };
}

interface Folded extends ReportedRun {
  readonly state: RunState;
}

const journal = (text: string): ReportItem => ({ is: 'said', text, from: 'journal' });

function gap(missing: string, section: NoteSection): ReportItem {
  return { is: 'gap', text: `not recorded: ${missing}. To add it: esr-ops runs note RUN "${section}: ..."` };
}

function statusOf(states: readonly RunState[]): string {
  const open = states.filter((state) => !isSettled(state));
  if (open.length > 0)
    return `Open: ${open.map((state) => state.started.run).join(', ')} ${open.length === 1 ? 'is' : 'are'} not settled`;
  const last = states.at(-1);
  if (last?.acknowledged != null) return `Acknowledged as it stands: ${last.acknowledged.reason}`;
  switch (last?.ended?.exit) {
    case 'done':
      return 'Resolved: the last run is finished, and every step of it was verified';
    case 'unverified':
      return 'Not proved: the last run is finished, and not all of it could be verified';
    default:
      return `Not resolved by the last run: ${last?.ended?.summary ?? 'it was cut off before it changed anything'}`;
  }
}

function seenAtFirst(run: string, { started }: RunState): readonly ReportItem[] {
  const facts = Object.entries(started.plan.facts).filter(
    ([name]) => !name.startsWith('env.') && !name.startsWith('inputs.'),
  );
  return facts.length === 0
    ? []
    : [
        journal(
          `Seen when ${run} was planned: ${facts.map(([name, value]) => `${name} is ${textOf(value)}`).join('; ')}.`,
        ),
      ];
}

function resolution(states: readonly Folded[]): readonly ReportItem[] {
  const steps = states.flatMap(({ state }) =>
    state.started.plan.steps.flatMap((step) => {
      const at = state.steps.get(step.id);
      if (at?.is !== 'finished' || at.outcome === 'nothing') return [];
      return [journal(`${step.title}: ${at.outcome === 'verified' ? 'done and verified' : 'done, not verified'}.`)];
    }),
  );
  return steps.length > 0
    ? steps
    : [{ is: 'gap', text: 'not recorded: these runs finished no step that changed anything' }];
}

/** What servers said when something did not work: the nearest thing to a cause that a journal has. */
function ownWords(runs: readonly ReportedRun[]): readonly ReportItem[] {
  const found = runs.flatMap((run) => [
    ...run.records.flatMap(({ entry }) => {
      if (entry.type === 'change.failed') return [entry.problem.message];
      return entry.type === 'run.ended' ? entry.problems.map((problem) => problem.message) : [];
    }),
    ...run.records
      .flatMap(({ entry }) =>
        entry.type === 'change.applied' || entry.type === 'change.settled' ? entry.evidence : [],
      )
      .filter((text) => /did not|error|refused|answered [45]\d\d/i.test(text)),
  ]);
  return [...new Set(found)].slice(0, 20).map((text) => journal(`In the servers' own words: ${text}`));
}

function actionsOf(
  notes: readonly ReadNote[],
  states: readonly Folded[],
  unreadable: readonly string[],
): readonly ActionItem[] {
  const own = (text: string): ActionItem => ({ text, owner: null, from: 'journal' });
  return [
    ...notes
      .filter((note) => note.section === 'action')
      .map((note): ActionItem => ({ text: note.text, owner: note.owner, from: 'note' })),
    ...states.flatMap(({ run, state }) => [
      ...(isSettled(state)
        ? []
        : [own(`Settle run ${run}: esr-ops resume ${run}, or esr-ops runs ack ${run} --reason "..."`)]),
      ...leftBehind(state).map(own),
      ...state.started.plan.steps.flatMap((step) =>
        state.steps.get(step.id)?.outcome === 'unverified'
          ? [own(`Verify what step ${step.id} of ${run} could not: ${step.title}`)]
          : [],
      ),
    ]),
    ...states.flatMap(({ records }) =>
      records.flatMap(({ entry }) =>
        entry.type === 'manual.recorded' && entry.how === 'assumed'
          ? [own(`Look after step ${entry.step}: what was seen there is assumed`)]
          : [],
      ),
    ),
    ...(unreadable.length === 0
      ? []
      : [own(`Find out whether these runs belong here; their journals can't be read: ${unreadable.join(', ')}`)]),
  ];
}

function lessonsOf(said: (section: NoteSection) => readonly ReportItem[]): readonly ReportSection[] {
  const parts: readonly (readonly [string, NoteSection, string])[] = [
    ['What was learned', 'lesson', 'what was learned'],
    ['What went well', 'went well', 'what went well'],
    ['What went wrong', 'went wrong', 'what went wrong'],
    ['Where we got lucky', 'lucky', 'where luck helped'],
  ];
  return parts.map(([title, section, missing]) => {
    const items = said(section);
    return { title, items: items.length > 0 ? items : [gap(missing, section)] };
  });
}

function supportingOf(states: readonly Folded[], unreadable: readonly string[]): readonly ReportItem[] {
  return [
    ...states.map(({ run, records, state }) =>
      journal(
        `Run ${run}: ${records.length} records, esr-ops ${state.started.plan.tool.version}, runbook ${state.started.plan.runbook.file}, broker ${state.started.plan.environment.identity}, last record ${records.at(-1)?.hash.slice(0, 12) ?? ''}`,
      ),
    ),
    ...states.flatMap((run) =>
      madeIn(run).flatMap(({ change, output }) =>
        change.kind === 'capture.write' ? [journal(`Capture ${textOf(output['id'])} of vhost ${change.vhost}`)] : [],
      ),
    ),
    ...unreadable.map((run): ReportItem => ({
      is: 'gap',
      text: `not recorded: what run ${run} did; its journal is damaged, and whether it belongs here is not known`,
    })),
  ];
}
