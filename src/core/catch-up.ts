import { deadlineOf, outlookFor, type Deadline } from './deadline.ts';
import type { LoadStanding } from './load-standing.ts';
import type { LoadType } from './load-type.ts';
import { nextRun } from './schedule.ts';
import { timetable } from './timetable.ts';

/** A run that the schedule had, and what is there of it. Times in ms since the epoch. */
export interface SeenLoad {
  readonly load: LoadType;
  readonly date: string;
  /** By its schedule. */
  readonly atMs: number;
  readonly standing: LoadStanding;
  /** Where it runs now; null: it does not, as far as esr-ops started it. */
  readonly runs: string | null;
}

/** What becomes of one of them. */
export type CatchUp =
  | { readonly is: 'there' }
  /** It goes on now. */
  | { readonly is: 'runs'; readonly where: string }
  /** To be run. `late`: its own deadline has passed, and `why` it is worth it all the same. */
  | { readonly is: 'run'; readonly late: boolean; readonly why: string | null }
  /** A run of `by` that was later has made it good, or one of this recovery does. */
  | { readonly is: 'made-good'; readonly by: string }
  /** The schedule's own run of `by` picks it up. */
  | { readonly is: 'picked-up'; readonly by: string; readonly atMs: number }
  /** Nothing makes it good any more today. */
  | { readonly is: 'lost' }
  /** What is there of it can't be known. */
  | { readonly is: 'unknown' };

/** A run with what becomes of it, and when it must be done; null: nothing is known to wait for it. */
export interface Judged {
  readonly seen: SeenLoad;
  readonly catchUp: CatchUp;
  readonly deadline: Deadline | null;
}

interface Loads {
  readonly loadTypes: readonly LoadType[];
  readonly timezone: string;
}

/** Runs of the schedule between two moments, one for each load type and date, in order. Examples are left out. */
export function scheduledLoads(
  loads: Loads,
  sinceMs: number,
  nowMs: number,
): readonly { readonly load: LoadType; readonly date: string; readonly atMs: number }[] {
  const last = new Map<string, { readonly load: LoadType; readonly date: string; readonly atMs: number }>();
  for (const { loadType, date, atMs } of timetable(loads, nowMs, sinceMs).missed) {
    const load = loads.loadTypes.find(({ name }) => name === loadType);
    if (load === undefined || load.example) continue;
    last.set(`${loadType}@${date}`, { load, date, atMs });
  }
  return [...last.values()].toSorted((a, b) => a.atMs - b.atMs);
}

/**
 * What becomes of each run: what is not there is run while there is time (its own, or that of what it feeds, which is
 * then run after it); else it is left to a later run that makes it good, or lost for today. `late`: what is too late and
 * nothing makes good is run all the same, and what it feeds once more. Those to be run come first, by their deadlines, each
 * before what it feeds.
 */
export function catchUp(seen: readonly SeenLoad[], loads: Loads, nowMs: number, late: boolean): readonly Judged[] {
  const deadlines = new Map(seen.map((one) => [one, deadlineOf(one.load, one.date, loads)]));
  const known = new Map<SeenLoad, CatchUp>();
  const fedBy = (one: SeenLoad): SeenLoad | undefined => {
    const deadline = deadlines.get(one);
    if (deadline?.feeds == null) return undefined;
    return seen.find(({ load, atMs }) => load.name === deadline.feeds && atMs === deadline.atMs);
  };
  const judge = (one: SeenLoad): CatchUp => {
    const before = known.get(one);
    if (before !== undefined) return before;
    const found = judgeAnew(one);
    known.set(one, found);
    return found;
  };
  const judgeAnew = (one: SeenLoad): CatchUp => {
    if (one.runs !== null) return { is: 'runs', where: one.runs };
    if (one.standing.is === 'complete') return { is: 'there' };
    if (one.standing.is === 'unknown') return { is: 'unknown' };
    const { coveredBy } = one.load.missed;
    const later = seen.filter(({ load, atMs }) => load.name === coveredBy && atMs > one.atMs);
    const good = later.find((other) => ['there', 'run', 'runs'].includes(judge(other).is));
    if (good !== undefined) return { is: 'made-good', by: `${good.load.name} for ${good.date}` };
    const deadline = deadlines.get(one) ?? null;
    if (deadline === null || outlookFor(one.load, deadline, nowMs).is === 'makes-it')
      return { is: 'run', late: false, why: null };
    const fed = fedBy(one);
    if (fed !== undefined && judge(fed).is === 'run')
      return { is: 'run', late: true, why: `${fed.load.name} runs after it` };
    const cover = loads.loadTypes.find(({ name }) => name === coveredBy);
    const next = cover?.schedule == null ? null : nextRun(cover.schedule, nowMs);
    if (cover !== undefined && next !== null) return { is: 'picked-up', by: cover.name, atMs: next };
    return late ? { is: 'run', late: true, why: '--late' } : { is: 'lost' };
  };
  // From the last on: what is fed is judged before what feeds it, and only once.
  for (const one of seen.toReversed()) judge(one);
  for (const one of seen) {
    const fed = fedBy(one);
    const mine = known.get(one);
    if (fed === undefined || mine?.is !== 'run' || mine.why !== '--late' || known.get(fed)?.is !== 'there') continue;
    known.set(fed, { is: 'run', late: true, why: `it ran before ${one.load.name} was made good` });
  }
  const dueMs = (one: SeenLoad): number => {
    const fed = fedBy(one);
    const own = deadlines.get(one)?.atMs ?? Infinity;
    return fed !== undefined && known.get(fed)?.is === 'run' ? Math.min(own, dueMs(fed) - one.load.usualMs) : own;
  };
  const judged = seen.map((one) => ({ seen: one, catchUp: judge(one), deadline: deadlines.get(one) ?? null }));
  const first = judged
    .filter((one) => one.catchUp.is === 'run')
    .toSorted((a, b) => {
      const [dueA, dueB] = [dueMs(a.seen), dueMs(b.seen)];
      return dueA === dueB ? a.seen.atMs - b.seen.atMs : dueA - dueB;
    });
  return [...first, ...judged.filter((one) => one.catchUp.is !== 'run')];
}
