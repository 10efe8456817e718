import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { fold, isSettled, type RunState } from '../../core/fold.ts';
import type { Json } from '../../core/json.ts';
import { leftBehind } from '../../core/left-behind.ts';
import { isDamaged, neverBegan } from '../../core/never-began.ts';
import type { RunListing } from '../../core/ports.ts';
import type { Composition } from '../composition.ts';

/** `runs list` */
export async function listRuns(composition: Composition): Promise<ExitName> {
  const runs = await (await composition.readers()).runs.list();
  composition.host.result({ code: 'runs.listed', payload: { runs } });
  return 'done';
}

/** `runs show RUN` */
export async function showRun(composition: Composition, name: string): Promise<ExitName> {
  const run = await findRun(composition, name);
  const { records } = await (await composition.readers()).runs.read(run.run);
  composition.host.result({ code: 'run.shown', payload: { run, records: records as unknown as Json } });
  return 'done';
}

/** `runs ack RUN --reason …`: a person takes responsibility; a new run of the target may then start. */
export async function acknowledgeRun(composition: Composition, name: string, given: string | null): Promise<ExitName> {
  const { host } = composition;
  const run = await findRun(composition, name);
  if (run.damage === neverBegan || (run.state !== null && isSettled(run.state))) {
    host.result({ code: 'nothing.to-do', payload: { command: `runs ack ${run.run}`, why: 'the run is settled' } });
    return 'done';
  }
  const sayLeft = (state: RunState) => {
    for (const text of leftBehind(state)) host.say({ code: 'note', payload: { text } });
  };
  if (run.state !== null) sayLeft(run.state);
  const reason = given ?? (await askReason(composition));
  const effects = await composition.effects();
  const target = run.state?.started.plan.target ?? run.run;
  const lock = await effects.hostLock(target, run.run);
  try {
    if (isDamaged(run)) {
      const text = `The damaged journal is kept as ${await effects.setDamageAside(run.run)}; what it says up to the damage counts.`;
      host.say({ code: 'note', payload: { text } });
    }
    const sink = await effects.reopenJournal(run.run);
    try {
      const state = fold(sink.reading.records);
      if (run.state === null) sayLeft(state);
      await sink.append({ type: 'run.acknowledged', operator: composition.operator, reason });
    } finally {
      await sink.close();
    }
  } finally {
    await lock.release();
  }
  host.result({ code: 'run.acknowledged', payload: { run: run.run, reason } });
  return 'done';
}

async function askReason(composition: Composition): Promise<string> {
  const missing = new Fault({
    code: 'ack.reason',
    message: 'Acknowledging a run wants a reason: it is kept in the journal.',
    where: '--reason',
    exit: 'declined',
    next: ['add --reason "..."'],
  });
  if (!composition.host.canAsk) throw missing;
  const answer = await composition.host.ask({
    kind: 'write',
    code: 'ack.reason',
    text: 'Why is it right to leave it as it stands?',
  });
  if (answer.kind !== 'text') throw missing;
  return answer.text;
}

/** `runs note RUN TEXT` */
export async function noteRun(composition: Composition, name: string, text: string): Promise<ExitName> {
  const run = await findRun(composition, name);
  const sink = await (await composition.effects()).reopenJournal(run.run);
  try {
    await sink.append({ type: 'run.noted', operator: composition.operator, text });
  } finally {
    await sink.close();
  }
  composition.host.result({ code: 'run.noted', payload: { run: run.run, text } });
  return 'done';
}

/** `runs purge` */
export async function purgeRuns(
  composition: Composition,
  keep: number,
  olderThanDays: number,
  yes: boolean,
): Promise<ExitName> {
  if (Number.isNaN(keep) || Number.isNaN(olderThanDays))
    throw new Fault({ code: 'usage', message: '--keep and --older-than want whole numbers.', exit: 'usage' });
  const { host } = composition;
  const text = `Remove settled runs older than ${olderThanDays} days, always keeping the newest ${keep}?`;
  if (!yes && !host.canAsk)
    throw new Fault({
      code: 'consent.missing',
      message: 'There is no terminal to ask at, and no terminal means no consent: --yes is missing.',
      where: '--yes',
      exit: 'declined',
      next: ['add --yes'],
    });
  if (!yes && (await host.ask({ kind: 'agree', code: 'runs.purge', text })).kind !== 'yes') return 'declined';
  const { removed, kept } = await (await composition.effects()).purgeRuns(keep, olderThanDays * 86_400_000);
  host.result({ code: 'runs.purged', payload: { removed, kept } });
  return 'done';
}

async function findRun(composition: Composition, name: string): Promise<RunListing> {
  const runs = await (await composition.readers()).runs.list();
  const found = runs.find((run) => run.run === name);
  if (found !== undefined) return found;
  throw new Fault({
    code: 'run.not-found',
    message: `There is no run ${JSON.stringify(name)} in this environment.${didYouMean(
      name,
      runs.map((run) => run.run),
    )}`,
    where: name,
    exit: 'usage',
    next: ['esr-ops runs list'],
  });
}
