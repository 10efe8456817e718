import type { ExitName } from '../../core/exit-codes.ts';
import { requireConsent } from '../../core/consent.ts';
import { Fault } from '../../core/fault.ts';
import { advance, fold, isSettled, type RunState } from '../../core/fold.ts';
import { leftBehind } from '../../core/left-behind.ts';
import { isDamaged } from '../../core/never-began.ts';
import type { Plan } from '../../core/plan.ts';
import type { Runbook } from '../../core/runbook.ts';
import type { Composition } from '../composition.ts';
import type { RunOptions } from '../invocation.ts';
import { givenFrom } from './given.ts';
import { labelOf } from './incident-label.ts';
import { executeRun, refuseUnsettled, withLocks } from './run-plan.ts';

/** `resume [RUN]`: what is finished is passed over, open intents are asked of the world, the rest goes on as planned. */
export async function resume(composition: Composition, named: string | null, options: RunOptions): Promise<ExitName> {
  const { host } = composition;
  const readers = await composition.readers();
  const run = named ?? (await newestOpen(composition));
  if (run === null) {
    host.result({ code: 'nothing.to-do', payload: { command: 'resume', why: 'no run of this environment is open' } });
    return 'done';
  }
  const state = fold((await readers.runs.read(run)).records);
  const { plan } = state.started;
  if (state.acknowledged !== null || state.ended?.exit === 'done' || state.ended?.exit === 'unverified') {
    const why =
      state.acknowledged === null
        ? `run ${run} has ended: ${state.ended?.summary ?? ''}`
        : `run ${run} was acknowledged: ${state.acknowledged.reason}`;
    host.result({ code: 'nothing.to-do', payload: { command: `resume ${run}`, why } });
    return 'done';
  }
  const runbook = await sameRunbook(composition, plan, run);
  refuseUnsettled(await readers.runs.list(), plan.target, run);
  const given = givenFrom(options, runbook);
  labelOf(options);
  // A killed run could not say it itself; and consent that is missing now must not hide who is locked out meanwhile.
  for (const text of leftBehind(state)) host.say({ code: 'note', payload: { text } });
  requireConsent(
    remaining(plan, state),
    { ...given, confirm: [...given.confirm, ...state.tokens] },
    host,
    options.reason ?? state.started.reason,
  );
  if (host.canAsk && !options.yes) await askToGoOn(composition, run, state);
  const effects = await composition.effects();
  return await withLocks(composition, effects, { target: plan.target, run, options }, async (locks) => {
    const sink = await effects.reopenJournal(run);
    try {
      const record = await sink.append({
        type: 'run.resumed',
        operator: composition.operator,
        given: { yes: given.yes, confirm: given.confirm, did: given.did },
        ...labelOf(options),
      });
      const known = fold(sink.reading.records);
      host.say({
        code: 'run.started',
        payload: { run, command: plan.command, environment: plan.environment.name, journal: sink.path, resumed: true },
      });
      return await executeRun(composition, effects, { sink, runbook, given, locks, state: advance(known, record) });
    } finally {
      await sink.close();
    }
  });
}

/**
 * The newest run that needs somebody, be it a damaged one; else the newest of all, if it was cut off, or stopped after
 * it had changed something, or was interrupted at all: its end named this very command.
 */
async function newestOpen(composition: Composition): Promise<string | null> {
  const runs = await (await composition.readers()).runs.list();
  const unsettled = runs.find((run) => (run.state === null ? isDamaged(run) : !isSettled(run.state)));
  const [newest] = runs;
  const goesOn = newest?.state != null && mayGoOn(newest.state) ? newest : undefined;
  return (unsettled ?? goesOn)?.run ?? null;
}

function mayGoOn({ ended, acknowledged, effects }: RunState): boolean {
  if (acknowledged !== null) return false;
  if (ended === null || ended.exit === 'interrupted') return true;
  return effects > 0 && ended.exit !== 'done' && ended.exit !== 'unverified';
}

async function sameRunbook(composition: Composition, plan: Plan, run: string): Promise<Runbook> {
  const runbook = await composition.runbookOf(plan.command);
  const { identity } = (await composition.readers()).rabbit;
  const stale = (message: string) =>
    new Fault({
      code: 'run.stale',
      message,
      where: run,
      exit: 'stale',
      next: [`esr-ops runs show ${run}`, `esr-ops runs ack ${run} --reason "..."`],
    });
  if (runbook?.digest !== plan.runbook.digest)
    throw stale(`The runbook of ${plan.command} changed since run ${run} began, so it can't be resumed from here.`);
  if (identity !== plan.environment.identity)
    throw stale(`Run ${run} is on the broker ${plan.environment.identity}; this environment is ${identity} now.`);
  return runbook;
}

/** The plan without what is finished: only the rest can still need consent. */
function remaining(plan: Plan, state: RunState): Plan {
  return {
    ...plan,
    steps: plan.steps.filter((step) => ['waiting', 'approved'].includes(state.steps.get(step.id)?.is ?? 'waiting')),
  };
}

async function askToGoOn(composition: Composition, run: string, state: RunState): Promise<void> {
  const done = [...state.steps].filter(([, step]) => step.is === 'finished').map(([id]) => id);
  const next = [...state.steps].find(([, step]) => step.is === 'waiting' || step.is === 'approved')?.[0] ?? 'the end';
  const answer = await composition.host.ask({
    kind: 'agree',
    code: 'resume',
    text: `Run ${run}: finished ${done.join(', ') || 'nothing'}; next is ${next}. Go on?`,
  });
  if (answer.kind === 'yes') return;
  throw new Fault({
    code: 'resume.declined',
    message: 'The run was not resumed; it stands as it stood.',
    where: run,
    exit: answer.kind === 'interrupted' ? 'interrupted' : 'declined',
    next: [`esr-ops resume ${run} --yes`],
  });
}
