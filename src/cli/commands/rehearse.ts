import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closest, didYouMean } from '../../core/closest.ts';
import { debriefOf, endIsAsWanted, type Debrief } from '../../core/debrief.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { InjectedFault, Scenario } from '../../core/scenario.ts';
import type { Composition } from '../composition.ts';
import type { RehearseOptions } from '../invocation.ts';
import { checkedLabel } from './incident-label.ts';
import { environmentOf, knownFault } from './lab.ts';
import { followDiagnosis } from './rehearse-auto.ts';
import { waitForEngineer } from './rehearse-guided.ts';
import { inRehearsal, type RehearsalScene, type SceneParts } from './rehearse-scene.ts';
import { writeUp } from './rehearse-write-up.ts';
import { suffixOf } from './status.ts';

/**
 * `rehearse [SCENARIO] [--auto]`: a lab of its own with load and changes of rows, real faults, the way back by this very
 * program or by the engineer in a shell of their own, then the truth, and a debrief. Cleans up after itself. The exit
 * code is that of the recovery; `unverified` when it succeeded and the truth is not as it must be.
 */
export async function rehearse(
  composition: Composition,
  named: string | null,
  options: RehearseOptions,
): Promise<ExitName> {
  const { host } = composition;
  const { scenarios, faults: traits } = await composition.scenarios();
  if (named === null) {
    host.result({ code: 'scenarios.listed', payload: { scenarios } });
    return 'done';
  }
  const scenario = knownScenario(scenarios, named);
  const faults = await faultsOf(scenarios, scenario, options.fault);
  const strange = options.without.find((part) => part !== 'docker' && part !== 'maxwell');
  if (strange !== undefined)
    throw new Fault({
      code: 'usage',
      message: `A rehearsal can do without docker and maxwell, not without ${JSON.stringify(strange)}.`,
      where: '--without',
      exit: 'usage',
    });
  const incident = checkedLabel(options.incident ?? `REHEARSAL-${randomBytes(3).toString('hex')}`);
  const { auto } = options;
  if (!auto && !host.canAsk) {
    throw new Fault({
      code: 'consent.missing',
      message:
        'A guided rehearsal waits at a terminal for an engineer in another one, and there is none: --auto is missing.',
      where: '--auto',
      exit: 'declined',
      next: [`esr-ops rehearse ${scenario.name}${options.fault === null ? '' : ` --fault ${options.fault}`} --auto`],
    });
  }
  const loadMs = Math.max(...faults.map(({ fault }) => traits[fault]?.loadMs ?? 0));
  const play = async (which: SceneParts['which'], suffix: string): Promise<ExitName> =>
    await inRehearsal(
      composition,
      {
        faults,
        loadMs,
        needs: scenario.needs,
        without: options.without,
        which,
        began: { scenario: scenario.name, incident, auto, suffix },
      },
      async (scene) => {
        const { environment, leftOut } = scene;
        if (!auto) composition.hold('the rehearsal, with a debrief of what there is');
        host.result({
          code: 'rehearsal.alerted',
          payload: { scenario: scenario.name, alert: scenario.alert, environment, suffix, incident, auto, leftOut },
        });
        await scene.note({ event: 'alerted', at: Date.now() });
        const exit = auto
          ? await followDiagnosis(composition, scene, scenario, incident)
          : await waitForEngineer(composition, scene);
        // A recovery that ended otherwise than done was followed until nothing was left to act on all the same.
        const how = exit === 'findings' ? 'given-up' : exit === 'interrupted' ? 'enough' : 'healthy';
        await scene.note({ event: 'ended', at: Date.now(), how });
        const debrief = await lookBack(scene, scenario, traits);
        if (auto || options.report !== null) await writeUp(composition, scene, scenario, incident, options.report);
        host.result({ code: 'rehearsal.debriefed', payload: { debrief } });
        if (exit === 'interrupted') return 'findings';
        return exit === 'done' && !endIsAsWanted(debrief) ? 'unverified' : exit;
      },
    );
  // A lab that is being started is not left behind.
  composition.hold('what the lab is doing; then it is taken down');
  if (!auto) {
    const { stateRoot: stateDir } = await composition.place();
    const name = options.name ?? 'default';
    return await play({ name, stateDir }, suffixOf(composition, environmentOf(name)));
  }
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-rehearsal-'));
  try {
    const name = options.name ?? `rehearsal-${randomBytes(3).toString('hex')}`;
    return await play({ name, stateDir }, ` --env lab-${name} --state-dir ${stateDir}`);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function lookBack(
  scene: RehearsalScene,
  scenario: Scenario,
  traits: Parameters<typeof debriefOf>[0]['traits'],
): Promise<Debrief> {
  const { readRehearsal } = await import('../../lab/rehearsal-log.ts');
  const { which, aside } = scene;
  const records = (await readRehearsal(which.stateDir, which.name)) ?? [];
  const runs = (await aside.runs()).map(({ run, state }) => ({
    run,
    command: state?.started.plan.command ?? '?',
    beganMs: state === null ? 0 : Date.parse(state.startedAt),
  }));
  return debriefOf({ scenario, traits, records, runs, truth: await scene.truth() });
}

function knownScenario(scenarios: readonly Scenario[], named: string): Scenario {
  const names = scenarios.map(({ name }) => name);
  const found = scenarios.find(({ name }) => name === named);
  if (found !== undefined) return found;
  const near = closest(named, names);
  throw new Fault({
    code: 'rehearse.unknown',
    message: `There is no scenario ${JSON.stringify(named)}.${didYouMean(named, names)}`,
    where: 'scenario',
    exit: 'usage',
    next: [`esr-ops rehearse${near === null ? '' : ` ${near}`}`],
  });
}

/** What is injected: the faults of the scenario, or the one that was asked for in their place. */
async function faultsOf(
  scenarios: readonly Scenario[],
  scenario: Scenario,
  named: string | null,
): Promise<readonly InjectedFault[]> {
  if (named === null) return scenario.faults;
  const fault = await knownFault(named);
  const fits = ({ faults, instead }: Scenario): boolean =>
    instead.includes(fault) || (faults.length === 1 && faults[0].fault === fault);
  if (fits(scenario)) return [{ fault, afterMs: 0, optional: false }];
  const other = scenarios.find(fits);
  throw new Fault({
    code: 'rehearse.fault',
    message: `${fault} is not a fault of the scenario ${scenario.name}.`,
    where: '--fault',
    exit: 'usage',
    next:
      other === undefined
        ? ['esr-ops lab up', `esr-ops lab break ${fault}`]
        : [`esr-ops rehearse ${other.name} --fault ${fault}`],
  });
}
