import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../core/fault.ts';
import { labFiles, runningLab } from '../lab-files.ts';
import { tailOf } from '../tail-of.ts';
import { tellSupervisor } from '../supervisor-control.ts';
import { readChangeRecords } from './change-record.ts';
import { cdcTruthOf, type CdcTruth } from './cdc-truth.ts';
import type { CdcState } from './cdc-process.ts';

/** Which lab. */
export interface LabWhich {
  readonly name: string;
  readonly stateDir: string;
}

/** What can be asked of a lab's change data capture. */
export const cdcVerbs = ['start', 'stop', 'status', 'logs'] as const;

/** One of {@link cdcVerbs}. */
export type CdcVerb = (typeof cdcVerbs)[number];

/** What to print, and how to end. */
export interface CdcAnswer {
  readonly text: string;
  /** 0, and for `status` 3 when it is stopped, as with `systemctl status`. */
  readonly exitCode: 0 | 3;
}

/**
 * Starts or stops the process of a lab's change data capture, says how it is, or shows the last lines of its log: the
 * commands that a lab's configuration names under `cdc.control`. Start and stop return when it is done; where it
 * already is so, nothing happens. `lines` is how much of the log is wanted.
 * @throws Fault `unreachable` when the lab is not up, `blocked` when it has no change data capture
 */
export async function labCdc({ name, stateDir }: LabWhich, verb: CdcVerb, lines = 200): Promise<CdcAnswer> {
  const running = await runningLab(labFiles(stateDir, name));
  const { cdc } = running;
  if (cdc === undefined) {
    throw new Fault({
      code: 'lab.no-cdc',
      message: `The lab '${name}' was started without change data capture.`,
      exit: 'blocked',
    });
  }
  switch (verb) {
    case 'start':
    case 'stop':
    case 'status': {
      const state = JSON.parse(await tellSupervisor(running.control, `cdc-${verb}`)) as CdcState;
      const text =
        state.state === 'running'
          ? `${cdc.label} is running (pid ${state.pid})`
          : `${cdc.label} is stopped${state.ended === undefined ? '' : ` (it ended with ${state.ended})`}`;
      return { text, exitCode: verb === 'status' && state.state === 'stopped' ? 3 : 0 };
    }
    case 'logs':
      return { text: await tailOf(cdc.log, lines), exitCode: 0 };
    default:
      return verb satisfies never;
  }
}

/** How long nothing more must arrive until what is missing counts as lost, ms. */
const stillMs = 8_000;

/** How often is looked meanwhile, ms. */
const lookMs = 500;

/**
 * Ends the writer of rows, waits until every change has arrived or nothing arrives any more, and says what became of
 * them: for the end of a rehearsal.
 */
export async function labCdcTruthAtEnd(which: LabWhich): Promise<CdcTruth> {
  await tellSupervisor((await runningLab(labFiles(which.stateDir, which.name))).control, 'stop-rows');
  let truth = await labCdcTruth(which);
  for (let still = 0; truth.lost > 0 && still < stillMs; still += lookMs) {
    await sleep(lookMs);
    const now = await labCdcTruth(which);
    if (now.delivered + now.deliveredTwice > truth.delivered + truth.deliveredTwice) still = 0;
    truth = now;
  }
  return truth;
}

/** What became of the changes so far, from what writer and consumer wrote down. Stops nothing. */
export async function labCdcTruth({ name, stateDir }: LabWhich): Promise<CdcTruth> {
  const { cdc } = labFiles(stateDir, name);
  // In this order: what is delivered was written down as made before.
  const delivered = await readChangeRecords(cdc.delivered);
  return cdcTruthOf([...(await readChangeRecords(cdc.written)), ...delivered]);
}
