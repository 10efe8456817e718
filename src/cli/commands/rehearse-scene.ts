import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../core/fault.ts';
import type { CountedTruth } from '../../core/debrief.ts';
import { unwitnessed, type RehearsalRecord } from '../../core/rehearsal.ts';
import type { InjectedFault, Scenario } from '../../core/scenario.ts';
import type { FaultName } from '../../lab/faults.ts';
import type { Lab, LabUpOptions } from '../../lab/lab-up.ts';
import type { Composition } from '../composition.ts';
import { againAt, type Again } from './again.ts';
import { ensureLabServers, environmentOf, forget, knownFault, sayer } from './lab.ts';

/** A lab that is broken, or about to be. */
export interface RehearsalScene {
  readonly which: { readonly name: string; readonly stateDir: string };
  /** Name of its environment. */
  readonly environment: string;
  /** This program against it, as the engineer would type. */
  readonly again: Again;
  /** The same, and not written down as something that the engineer typed. */
  readonly aside: Again;
  /** When the first fault was injected, ms since the epoch. */
  readonly brokenAtMs: number;
  readonly leftOut: readonly { readonly fault: string; readonly why: string }[];
  note(record: RehearsalRecord): Promise<void>;
  /** Ends the load, counts and tells. The last thing that is done. */
  truth(): Promise<CountedTruth>;
}

/** What is rehearsed on, and where. */
export interface SceneParts {
  readonly faults: readonly InjectedFault[];
  /** Parts of the lab that are needed besides those that the faults break. */
  readonly needs: Scenario['needs'];
  /** How long the load runs before the first of them, ms. */
  readonly loadMs: number;
  /** Parts of the lab to do without, as if they could not be had. */
  readonly without: readonly string[];
  readonly which: { readonly name: string; readonly stateDir: string };
  readonly began: Omit<Extract<RehearsalRecord, { event: 'began' }>, 'event' | 'at' | 'environment'>;
}

/** How long the load goes on after the recovery, ms: long enough for messages to be on their way. */
const loadMs = 3_000;

/**
 * Starts a lab with load and changes of rows, captures it, breaks it as the scenario says, has `work` done with it, and
 * takes it down to the last process and file, whatever happens.
 */
export async function inRehearsal<T>(
  composition: Composition,
  parts: SceneParts,
  work: (scene: RehearsalScene) => Promise<T>,
): Promise<T> {
  const { which } = parts;
  const say = sayer(composition);
  const { program } = await composition.place();
  const { beginRehearsal, forgetRehearsal, noteInRehearsal } = await import('../../lab/rehearsal-log.ts');
  const { labBreak } = await import('../../lab/lab-break.ts');
  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: composition.stop.signal }).catch(() => undefined);
    // Until it is broken there is nothing to look back at.
    composition.stop.signal.throwIfAborted();
  };
  const { lab, possible, leftOut } = await startFor(composition, parts);
  try {
    composition.stop.signal.throwIfAborted();
    await forget(which.stateDir, which.name);
    const environment = environmentOf(which.name);
    const first = ['--env', environment, '--state-dir', which.stateDir];
    const again = againAt(program, first, composition.global);
    const aside = againAt(program, first, composition.global, { [unwitnessed]: '1' });
    const note = async (record: RehearsalRecord): Promise<void> => {
      await noteInRehearsal(which.stateDir, which.name, record);
    };
    say('A good capture is taken, as cron would.');
    await aside.hear(['vhost', 'capture', '--yes']);
    await pause(parts.loadMs);
    await beginRehearsal(which.stateDir, which.name);
    await note({ event: 'began', at: Date.now(), environment, ...parts.began });
    for (const { fault, why } of leftOut) await note({ event: 'left-out', at: Date.now(), fault, why });
    const brokenAtMs = Date.now();
    for (const { fault, afterMs } of possible) {
      await pause(afterMs);
      const at = Date.now();
      const evidence = await labBreak({ ...which, say: parts.began.auto ? say : () => undefined }, fault);
      await note({ event: 'broken', at, fault, evidence });
    }
    return await work({
      which,
      environment,
      again,
      aside,
      brokenAtMs,
      leftOut,
      note,
      truth: async () => {
        // Also after Ctrl-C: a debrief without the truth is none.
        await sleep(loadMs);
        return await tellTruth(composition, which, aside, lab.running.cdc?.label ?? '');
      },
    });
  } finally {
    await forgetRehearsal(which.stateDir, which.name);
    await lab.end();
    await forget(which.stateDir, which.name);
  }
}

interface Startable {
  readonly lab: Lab;
  readonly possible: readonly (InjectedFault & { readonly fault: FaultName })[];
  readonly leftOut: readonly { readonly fault: string; readonly why: string }[];
}

/** A lab with the parts that the faults need; what may be left out is, aloud, where its part can't be had. */
async function startFor(composition: Composition, { faults, without, which, needs }: SceneParts): Promise<Startable> {
  const { partOf } = await import('../../lab/part-of.ts');
  const { labUp } = await import('../../lab/lab-up.ts');
  const say = sayer(composition);
  const named = await Promise.all(faults.map(async (one) => ({ ...one, fault: await knownFault(one.fault) })));
  const inDocker = named.filter(({ fault }) => partOf(fault) === 'docker');
  const mustDocker = inDocker.some(({ optional }) => !optional);
  const found = await ensureLabServers(composition, mustDocker ? ['docker'] : []);
  const { program } = await composition.place();
  const etl = needs.includes('etl') || named.some(({ fault }) => partOf(fault) === 'etl');
  const cdc = without.includes('maxwell') ? 'stand-in' : true;
  const options: LabUpOptions = { ...which, program, say, owned: true, cdc, etl };
  const leaveOut = (lab: Lab, why: string): Startable => {
    for (const { fault } of inDocker) say(`NOT RUN: ${fault}, because ${why}.`);
    return {
      lab,
      possible: named.filter((one) => !inDocker.includes(one)),
      leftOut: inDocker.map(({ fault }) => ({ fault, why })),
    };
  };
  if (inDocker.length === 0) return { lab: await labUp(options), possible: named, leftOut: [] };
  const missing = found.find(({ part, present }) => part === 'docker' && !present);
  const why = without.includes('docker')
    ? '--without docker was given'
    : (missing?.because ?? (process.getuid?.() === 0 ? null : 'a Docker engine of its own wants root'));
  if (why !== null && !mustDocker) return leaveOut(await labUp(options), why);
  try {
    return { lab: await labUp({ ...options, docker: true }), possible: named, leftOut: [] };
  } catch (error) {
    if (mustDocker || !(error instanceof Fault) || composition.stop.requested() || error.exit !== 'failed') throw error;
    return leaveOut(await labUp(options), `its engine did not start here: ${error.message}`);
  }
}

async function tellTruth(
  { host }: Composition,
  which: { readonly name: string; readonly stateDir: string },
  again: Again,
  by: string,
): Promise<CountedTruth> {
  const { labCdcTruthAtEnd } = await import('../../lab/cdc/lab-cdc.ts');
  const { labTruth } = await import('../../lab/lab-control.ts');
  const changes = await labCdcTruthAtEnd(which);
  const { unreadable, ...messages } = await labTruth(which);
  const why =
    messages.lost === 0
      ? 'nothing was lost'
      : unreadable
        ? 'the vhost does not run: what waits in its queues can be read by nobody, and is counted here'
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
  const { labEtlTruth } = await import('../../lab/etl/etl-truth.ts');
  const loads = await labEtlTruth(which);
  if (loads !== null) host.result({ code: 'etl-truth.told', payload: loads });
  return {
    loads: loads === null ? null : { missing: loads.missing, twice: loads.twice },
    messages: { lost: messages.lost, deliveredTwice: messages.deliveredTwice },
    changes: { lost, deliveredTwice },
    predicted: predicted?.twice ?? null,
  };
}
