import type { ExitName } from './exit-codes.ts';
import type { RehearsalRecord, RehearsedCommand } from './rehearsal.ts';
import type { EndCondition, FaultTraits, Scenario } from './scenario.ts';

/** What was counted outside the tool at the end of a rehearsal, beside what its runs had said. */
export interface CountedTruth {
  readonly messages: { readonly lost: number; readonly deliveredTwice: number };
  readonly changes: { readonly lost: number; readonly deliveredTwice: number };
  /** Local Offices of a load type's run that lack something, and that have something twice; null: there is no ETL. */
  readonly loads: { readonly missing: number; readonly twice: number } | null;
  /** Changes that the runs' replays said would come twice; null: nothing was replayed. */
  readonly predicted: { readonly atLeast: number; readonly atMost: number } | null;
}

/** Something that did not lead on. */
export interface WrongTurn {
  readonly at: number;
  readonly command: string;
  readonly exit: ExitName;
  /** `refused`: it changed nothing · `failed`: it began and did not come to its end · `no-effect`: the causes stayed. */
  readonly is: 'refused' | 'failed' | 'no-effect';
  readonly why: string;
}

/** How one fault was met. Times are ms after the alert; null: not recorded. */
export interface MetFault {
  readonly fault: string;
  /** First look that named it as a cause or in what a cause brings about. */
  readonly namedAfterMs: number | null;
}

/** What a rehearsal was like, from what was recorded of it. Times are ms; null: it is not recorded. */
export interface Debrief {
  readonly scenario: string;
  readonly how: 'healthy' | 'enough' | 'given-up' | 'cut-off';
  readonly faults: readonly MetFault[];
  readonly leftOut: readonly { readonly fault: string; readonly why: string }[];
  /** From the alert to the first look whose first cause is one that was injected. */
  readonly toDiagnoseMs: number | null;
  /** From the alert to the first run that changed something. */
  readonly toActMs: number | null;
  /** From the alert to the end, when that was healthy. */
  readonly toRecoverMs: number | null;
  readonly hints: number;
  readonly commands: number;
  readonly wrongTurns: readonly WrongTurn[];
  readonly truth: CountedTruth;
  readonly end: readonly { readonly that: EndCondition; readonly met: boolean; readonly excused: string | null }[];
  /** What can't be said, and why. */
  readonly gaps: readonly string[];
}

/** What a debrief is made from. */
export interface DebriefParts {
  readonly scenario: Scenario;
  readonly traits: Readonly<Record<string, FaultTraits>>;
  readonly records: readonly RehearsalRecord[];
  /** Runs that the environment's journals know. */
  readonly runs: readonly { readonly run: string; readonly command: string; readonly beganMs: number }[];
  readonly truth: CountedTruth;
}

/** Looks back at a rehearsal. Nothing is guessed: what was not recorded is a gap. */
export function debriefOf({ scenario, traits, records, runs, truth }: DebriefParts): Debrief {
  const broken = records.flatMap((record) => (record.event === 'broken' ? [record.fault] : []));
  const leftOut = records.flatMap((record) =>
    record.event === 'left-out' ? [{ fault: record.fault, why: record.why }] : [],
  );
  const alerted = records.find(({ event }) => event === 'alerted')?.at ?? null;
  const after = (at: number | undefined): number | null =>
    at === undefined || alerted === null ? null : Math.max(0, at - alerted);
  const commands = records.filter((record) => record.event === 'command');
  const looks = commands.flatMap((command) => (command.saw === null ? [] : [{ ...command, saw: command.saw }]));
  const injected = new Set(broken.flatMap((fault) => traits[fault]?.shownBy ?? []));
  const diagnosed = looks.find(({ saw }) => saw.causes[0] !== undefined && injected.has(saw.causes[0]));
  const ended = records.find((record) => record.event === 'ended') ?? null;
  const began = records.find(({ event }) => event === 'began')?.at ?? 0;
  const unknown = runs.filter(
    ({ run, beganMs }) => beganMs >= began && !commands.some((command) => command.run === run),
  );
  const acted = commands.filter(hasActed);
  return {
    scenario: scenario.name,
    how: ended?.how ?? 'cut-off',
    faults: broken.map((fault) => ({
      fault,
      namedAfterMs: after(looks.find(({ saw }) => saw.all.some((code) => traits[fault]?.shownBy.includes(code)))?.at),
    })),
    leftOut,
    toDiagnoseMs: after(diagnosed?.at),
    toActMs: after(acted[0]?.beganMs),
    toRecoverMs: ended?.how === 'healthy' ? after(ended.at) : null,
    hints: records.filter(({ event }) => event === 'hinted').length,
    commands: commands.length,
    wrongTurns: wrongTurns(commands),
    truth,
    end: scenario.end.map((that) => conditionAt(that, ended?.how === 'healthy', truth, broken, traits)),
    gaps: [
      ...(alerted === null ? ['When the alert came is not recorded, so nothing can be timed.'] : []),
      ...(diagnosed === undefined
        ? ['No status or diagnose that named a cause is recorded: how long that took is not known.']
        : []),
      ...(ended === null ? ['The rehearsal was cut off: how it ended is not recorded.'] : []),
      ...unknown.map(
        ({ run, command }) =>
          `How esr-ops ${command} (${run}) ended for its caller is not recorded: it was cut off, or is under way.`,
      ),
      ...unseenEffects(commands),
    ],
  };
}

/** Whether everything that must be true at the end is. */
export function endIsAsWanted({ end }: Pick<Debrief, 'end'>): boolean {
  return end.every(({ met, excused }) => met || excused !== null);
}

function hasActed({ run, dryRun }: RehearsedCommand): boolean {
  return run !== null && !dryRun;
}

/** A no before anything was changed. */
const refusals: readonly ExitName[] = ['usage', 'declined', 'blocked', 'locked', 'stale'];

function wrongTurns(commands: readonly RehearsedCommand[]): readonly WrongTurn[] {
  return commands.flatMap((command, index): readonly WrongTurn[] => {
    const turn = { at: command.at, command: command.command, exit: command.exit };
    if (command.exit === 'done' || command.saw !== null) {
      if (!hasActed(command)) return [];
      const before = causesSeen(commands.slice(0, index).reverse());
      const then = causesSeen(untilNextRun(commands.slice(index + 1)));
      if (before === null || then === null || before.join() !== then.join() || then.length === 0) return [];
      return [{ ...turn, is: 'no-effect', why: `the causes were the same before and after: ${then.join(', ')}` }];
    }
    if (!hasActed(command))
      return refusals.includes(command.exit) ? [{ ...turn, is: 'refused', why: command.problems.join(', ') }] : [];
    return command.exit === 'unverified' ? [] : [{ ...turn, is: 'failed', why: command.problems.join(', ') }];
  });
}

/** Causes of the first look among these, sorted; null: nobody looked. */
function causesSeen(commands: readonly RehearsedCommand[]): readonly string[] | null {
  const saw = commands.find((command) => command.saw !== null)?.saw ?? null;
  return saw === null ? null : [...saw.causes].sort();
}

/** What was typed until something was changed again: what a look shows later is not the effect of this run alone. */
function untilNextRun(commands: readonly RehearsedCommand[]): readonly RehearsedCommand[] {
  const next = commands.findIndex(hasActed);
  return next === -1 ? commands : commands.slice(0, next);
}

function unseenEffects(commands: readonly RehearsedCommand[]): readonly string[] {
  return commands.flatMap((command, index) =>
    hasActed(command) && causesSeen(untilNextRun(commands.slice(index + 1))) === null
      ? [`Whether esr-ops ${command.command} changed what was found is not recorded: nobody looked after it.`]
      : [],
  );
}

function conditionAt(
  that: EndCondition,
  healthy: boolean,
  { messages, changes, predicted, loads }: CountedTruth,
  broken: readonly string[],
  traits: Readonly<Record<string, FaultTraits>>,
): Debrief['end'][number] {
  const loser = (what: 'messages' | 'changes'): string | null =>
    broken.find((fault) => traits[fault]?.loses.includes(what)) ?? null;
  switch (that) {
    case 'healthy':
      return { that, met: healthy, excused: null };
    case 'messages-kept':
      return { that, met: messages.lost === 0, excused: messages.lost === 0 ? null : loser('messages') };
    case 'changes-kept':
      return { that, met: changes.lost === 0, excused: changes.lost === 0 ? null : loser('changes') };
    case 'twice-as-predicted': {
      const { atLeast, atMost } = predicted ?? { atLeast: 0, atMost: 0 };
      return { that, met: changes.deliveredTwice >= atLeast && changes.deliveredTwice <= atMost, excused: null };
    }
    case 'loads-whole':
      return { that, met: loads !== null && loads.missing === 0 && loads.twice === 0, excused: null };
    default:
      return that satisfies never;
  }
}
