import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { FaultName } from '../../lab/faults.ts';
import type { Composition } from '../composition.ts';
import type { Invocation } from '../invocation.ts';
import { againAt, type Again } from './again.ts';
import { ensureLabServers, knownFault, sayer } from './lab.ts';

/** What can be rehearsed, and the fault that it is rehearsed on unless another is named. */
const scenarios = {
  vhost: { meaning: 'the RabbitMQ vhost is down, as in the incident of the failed vhost', fault: 'vhost-down' },
  cdc: { meaning: 'change data capture is down, lost its position, or publishes elsewhere', fault: 'cdc-down' },
} as const satisfies Readonly<Record<string, { readonly meaning: string; readonly fault: FaultName }>>;

type Scenario = keyof typeof scenarios;

/** How long the load runs before the fault and after the recovery, ms: long enough for messages to be on their way. */
const loadMs = 3_000;

/**
 * `rehearse vhost|cdc`: a lab of its own with load and changes of rows, a real fault, the recovery by this very
 * program, then the truth from what the load wrote down, beside what the recovery had predicted. Cleans up after
 * itself; the exit code is the recovery's.
 */
export async function rehearse(
  composition: Composition,
  { scenario: named, fault: namedFault, auto }: Extract<Invocation, { is: 'rehearse' }>,
): Promise<ExitName> {
  const say = sayer(composition);
  if (named === null) {
    for (const [name, { meaning }] of Object.entries(scenarios)) say(`${name}: ${meaning}`);
    return 'done';
  }
  const scenario = knownScenario(named);
  const fault = await faultOf(scenario, namedFault);
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
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-rehearsal-'));
  const name = `rehearsal-${randomBytes(3).toString('hex')}`;
  const { program } = await composition.place();
  const which = { name, stateDir };
  const pause = () => sleep(loadMs, undefined, { signal: composition.stop.signal });
  try {
    const lab = await labUp({ ...which, program, say, owned: true, cdc: true });
    const again = againAt(program, ['--env', `lab-${name}`, '--state-dir', stateDir], composition.global);
    try {
      say('A good capture is taken, as cron would.');
      await again.show(['vhost', 'capture', '--yes']);
      await pause();
      await labBreak({ ...which, say }, fault);
      const command = ['recover', scenario, ...(fault === 'vhost-down-rebooted' ? ['--baseline', 'last-good'] : [])];
      const exit = await again.show([...command, ...(auto ? ['--yes', ...(await consents(again, command))] : [])]);
      await pause();
      await tellTruth(composition, which, again, lab.running.cdc?.label ?? '');
      return exit;
    } finally {
      await lab.end();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

function knownScenario(named: string): Scenario {
  const names = Object.keys(scenarios) as Scenario[];
  const found = names.find((name) => name === named);
  if (found !== undefined) return found;
  throw new Fault({
    code: 'rehearse.unknown',
    message: `There is no scenario ${JSON.stringify(named)}.${didYouMean(named, names)}`,
    where: 'scenario',
    exit: 'usage',
    next: ['esr-ops rehearse'],
  });
}

async function faultOf(scenario: Scenario, named: string | null): Promise<FaultName> {
  if (named === null) return scenarios[scenario].fault;
  const fault = await knownFault(named);
  const { cdcFaultNames } = await import('../../lab/cdc/cdc-faults.ts');
  const { dockerFaultNames } = await import('../../lab/docker/docker-faults.ts');
  const inDocker = dockerFaultNames.some((name) => name === fault);
  const other = cdcFaultNames.some((name) => name === fault) ? 'cdc' : 'vhost';
  if (!inDocker && other === scenario) return fault;
  throw new Fault({
    code: 'rehearse.fault',
    message: `${fault} is not a fault that recover ${scenario} is for.`,
    where: '--fault',
    exit: 'usage',
    next: inDocker
      ? ['esr-ops lab up --docker', `esr-ops lab break ${fault}`]
      : [`esr-ops rehearse ${other} --fault ${fault}`],
  });
}

/** What the dry run says that a script must agree to: where the replay begins is not known before. */
async function consents(again: Again, command: readonly string[]): Promise<readonly string[]> {
  const said = await again.hear([...command, '--dry-run']);
  const ended = said.find((message) => message.code === 'dry-run.ended');
  return ended === undefined ? [] : ended.payload.tokens.flatMap((token) => ['--confirm', token]);
}

async function tellTruth(
  { host }: Composition,
  which: { readonly name: string; readonly stateDir: string },
  again: Again,
  by: string,
): Promise<void> {
  const { labCdcTruthAtEnd } = await import('../../lab/cdc/lab-cdc.ts');
  const { labTruth } = await import('../../lab/lab-control.ts');
  const changes = await labCdcTruthAtEnd(which);
  const messages = await labTruth(which);
  const why =
    messages.lost === 0
      ? 'nothing was lost'
      : 'they were in the store that could not be opened and went with the vhost';
  host.result({ code: 'truth.told', payload: { ...messages, why } });
  const predicted = await again.predicted();
  const { made, delivered, lost, deliveredTwice } = changes;
  const { atLeast, atMost } = predicted?.twice ?? { atLeast: 0, atMost: 0 };
  const asPredicted = deliveredTwice >= atLeast && deliveredTwice <= atMost;
  host.result({
    code: 'cdc-truth.told',
    payload: { by, made, delivered, lost, deliveredTwice, predicted, asPredicted },
  });
}
