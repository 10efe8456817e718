import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { didYouMean } from '../../core/closest.ts';
import { exitCodes, type ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { Composition } from '../composition.ts';
import type { Invocation } from '../invocation.ts';
import { ensureLabServers, knownFault, sayer } from './lab.ts';

/** What can be rehearsed. */
const scenarios = { vhost: 'the RabbitMQ vhost is down, as in the incident of the failed vhost' } as const;

/** How long the load runs before the fault and after the recovery, ms: long enough for messages to be on their way. */
const loadMs = 3_000;

/**
 * `rehearse vhost`: a lab of its own, load, a real fault, the recovery by this very program, then the truth from what
 * publisher and consumer wrote down. Cleans up after itself; the exit code is the recovery's.
 */
export async function rehearse(
  composition: Composition,
  { scenario, fault: named, auto }: Extract<Invocation, { is: 'rehearse' }>,
): Promise<ExitName> {
  const say = sayer(composition);
  if (scenario === null) {
    for (const [name, meaning] of Object.entries(scenarios)) say(`${name}: ${meaning}`);
    return 'done';
  }
  if (!(scenario in scenarios)) {
    throw new Fault({
      code: 'rehearse.unknown',
      message: `There is no scenario ${JSON.stringify(scenario)}.${didYouMean(scenario, Object.keys(scenarios))}`,
      where: 'scenario',
      exit: 'usage',
      next: ['esr-ops rehearse'],
    });
  }
  const fault = await knownFault(named ?? 'vhost-down');
  if (!auto && !composition.host.canAsk) {
    throw new Fault({
      code: 'consent.missing',
      message: 'A guided rehearsal asks at a terminal, and there is none: --auto is missing.',
      where: '--auto',
      exit: 'declined',
      next: ['add --auto'],
    });
  }
  await ensureLabServers(composition);
  const { labUp } = await import('../../lab/lab-up.ts');
  const { labBreak } = await import('../../lab/lab-break.ts');
  const { labTruth } = await import('../../lab/lab-control.ts');
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-rehearsal-'));
  const name = `rehearsal-${randomBytes(3).toString('hex')}`;
  const { program } = await composition.place();
  const which = { name, stateDir };
  const pause = () => sleep(loadMs, undefined, { signal: composition.stop.signal });
  try {
    const lab = await labUp({ ...which, program, say, owned: true });
    const esrOps = (args: readonly string[]) =>
      runAgain(program, ['--env', `lab-${name}`, '--state-dir', stateDir, ...args], composition);
    try {
      say('A good capture is taken, as cron would.');
      await esrOps(['vhost', 'capture', '--yes']);
      await pause();
      await labBreak({ ...which, say }, fault);
      const baseline = fault === 'vhost-down-rebooted' ? ['--baseline', 'last-good'] : [];
      const exit = await esrOps([
        'recover',
        'vhost',
        ...baseline,
        ...(auto ? ['--yes', '--confirm', 'recreate:esr'] : []),
      ]);
      await pause();
      const truth = await labTruth(which);
      composition.host.result({ code: 'truth.told', payload: { ...truth, why: lostBecause(truth.lost) } });
      return exit;
    } finally {
      await lab.end();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

function lostBecause(lost: number): string {
  return lost === 0 ? 'nothing was lost' : 'they were in the store that could not be opened and went with the vhost';
}

/** Runs this program again on the same terminal, so that the rehearsal shows exactly what a recovery shows. */
async function runAgain(
  program: readonly [string, ...string[]],
  args: readonly string[],
  composition: Composition,
): Promise<ExitName> {
  const [file, ...prefix] = program;
  const output = composition.global.output === 'json' ? ['--output', 'json'] : [];
  const colour = composition.global.color ? [] : ['--no-color'];
  const { exitCode } = await execa(file, [...prefix, ...output, ...colour, ...args], {
    stdio: 'inherit',
    reject: false,
  });
  const name = Object.entries(exitCodes).find(([, { code }]) => code === exitCode)?.[0];
  return (name ?? 'failed') as ExitName;
}
