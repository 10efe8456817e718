import { randomBytes } from 'node:crypto';
import { requireConsent } from '../../core/consent.ts';
import { execute } from '../../core/executor.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault, isUnreachable } from '../../core/fault.ts';
import { fold, isSettled } from '../../core/fold.ts';
import { settledBy } from '../../core/settled-by.ts';
import type { JournalEntry, JournalSink } from '../../core/journal.ts';
import { isDamaged } from '../../core/never-began.ts';
import type { Plan } from '../../core/plan.ts';
import type { RunListing } from '../../core/ports.ts';
import { openRun, type Given } from '../../core/run.ts';
import type { Runbook } from '../../core/runbook.ts';
import type { Composition, Effects, Lock } from '../composition.ts';
import type { RunOptions } from '../invocation.ts';
import { givenFrom } from './given.ts';
import { labelOf } from './incident-label.ts';

/** Carries a plan out: consent complete, both locks held, plan spent, journal open; only then the first effect. */
export async function runPlan(
  composition: Composition,
  plan: Plan,
  runbook: Runbook,
  options: RunOptions,
): Promise<ExitName> {
  const { host, clock } = composition;
  const given = givenFrom(options, runbook);
  requireConsent(plan, given, host, options.reason);
  const reason = options.reason ?? null;
  labelOf(options);
  const run = `run-${new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  const effects = await composition.effects();
  return await withLocks(composition, effects, { target: plan.target, run, options }, async (locks, fleetLock) => {
    // Only now: without the lock a run that somebody is at work on would look cut off.
    refuseUnsettled(await (await composition.readers()).runs.list(), plan.target);
    if (!(await effects.spendPlan(plan))) throw alreadyUsed(plan);
    const sink = await effects.openJournal(run);
    try {
      const started: JournalEntry = {
        type: 'run.started',
        format: 1,
        run,
        plan,
        operator: composition.operator,
        reason,
        given: { yes: given.yes, confirm: given.confirm, did: given.did },
        fleetLock,
        ...labelOf(options),
      };
      const first = await sink.append(started);
      host.say({
        code: 'run.started',
        payload: { run, command: plan.command, environment: plan.environment.name, journal: sink.path, resumed: false },
      });
      return await executeRun(composition, effects, { sink, runbook, given, locks, state: fold([first]) });
    } finally {
      await sink.close();
    }
  });
}

/** What a new and a resumed run have in common from here on. */
export async function executeRun(
  composition: Composition,
  effects: Effects,
  at: {
    readonly sink: JournalSink;
    readonly runbook: Runbook;
    readonly given: Given;
    readonly locks: readonly Lock[];
    readonly state: ReturnType<typeof fold>;
  },
): Promise<ExitName> {
  const run = openRun(
    {
      runbook: at.runbook,
      deciding: await composition.deciding(),
      applier: effects.applier(at.sink.run),
      sink: at.sink,
      host: composition.host,
      given: at.given,
      lockLost: async () => {
        for (const lock of at.locks) if (!(await lock.held())) return lock.what;
        return null;
      },
      stop: composition.stop,
      errors: await composition.errorWatch(),
    },
    at.state,
  );
  return (await execute(run)).exit;
}

/** Takes the host's lock, then the fleet's, and gives both back whatever happens. */
export async function withLocks<T>(
  composition: Composition,
  effects: Effects,
  wanted: { readonly target: string; readonly run: string; readonly options: RunOptions },
  work: (locks: readonly Lock[], fleetLock: 'held' | 'waived' | 'not-configured') => Promise<T>,
): Promise<T> {
  const locks: Lock[] = [];
  try {
    locks.push(await effects.hostLock(wanted.target, wanted.run));
    const fleet = await fleetLock(composition, effects, wanted);
    if (fleet !== 'waived' && fleet !== 'not-configured') locks.push(fleet);
    return await work(locks, typeof fleet === 'string' ? fleet : 'held');
  } finally {
    for (const lock of locks.reverse()) await lock.release();
  }
}

async function fleetLock(
  composition: Composition,
  effects: Effects,
  { target, run, options }: { readonly target: string; readonly run: string; readonly options: RunOptions },
): Promise<Lock | 'waived' | 'not-configured'> {
  if (!options.fleetLock && options.reason === null) {
    throw new Fault({
      code: 'lock.waive-reason',
      message: '--no-fleet-lock wants --reason: it is kept in the journal.',
      where: '--reason',
      exit: 'usage',
    });
  }
  try {
    return (await effects.fleetLock(target, run)) ?? 'not-configured';
  } catch (error) {
    if (!isUnreachable(error) || !(error instanceof Fault)) throw error;
    if (options.fleetLock) {
      const [problem] = error.problems;
      throw new Fault({
        ...problem,
        message: `The fleet lock can't be had, so another operator could be at work: ${problem.message}`,
        next: [...(problem.next ?? []), 'when nobody else is at it: --no-fleet-lock --reason "..."'],
      });
    }
    composition.host.say({ code: 'lock.waived', payload: { reason: options.reason ?? '' } });
    return 'waived';
  }
}

/** A second recovery of one target waits until somebody has settled how the first one stands. */
export function refuseUnsettled(runs: readonly RunListing[], target: string, except: string | null = null): void {
  const damaged = runs.find((run) => run.run !== except && isDamaged(run));
  if (damaged !== undefined) {
    throw new Fault({
      code: 'run.damaged',
      message: `What run ${damaged.run} changed is not known, nor on which target: ${damaged.damage ?? ''}`,
      where: damaged.path,
      exit: 'locked',
      next: [`esr-ops runs ack ${damaged.run} --reason "..."   (look at its target first, and take responsibility)`],
    });
  }
  const open = runs.find(
    (run) =>
      run.run !== except && run.state !== null && run.state.started.plan.target === target && !isSettled(run.state),
  );
  if (open?.state == null) return;
  const flag = `--env ${open.state.started.plan.environment.name}`;
  throw new Fault({
    code: 'run.unsettled',
    message: `Run ${open.run} on ${target} is not settled: ${open.state.ended?.summary ?? 'it was cut off in the middle'}`,
    where: open.path,
    exit: 'locked',
    next: [
      ...settledBy(open.run, open.state, ` ${flag}`).map((command) =>
        command.startsWith('esr-ops runs ack') ? `${command}   (take responsibility for how it stands)` : command,
      ),
      `esr-ops runs show ${open.run} ${flag}`,
    ],
  });
}

function alreadyUsed(plan: Plan): Fault {
  return new Fault({
    code: 'plan.spent',
    message: 'This plan was carried out before; a plan is used once.',
    where: `plan ${plan.id}`,
    exit: 'stale',
    next: [`esr-ops ${plan.command} --dry-run --out plan.json`],
  });
}
