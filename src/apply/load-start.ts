import type { LoadStart } from '../core/load-changes.ts';
import type { LoadJob } from '../core/ports-loads.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { jobOf } from './load-job.ts';
import type { Seen, World } from './world.ts';

/** Starts the run once; the place that it takes is what keeps a second one out. */
export async function apply(change: LoadStart, world: World): Promise<Applied> {
  const job = jobOf(change, world.environment);
  const { id, replaces, parameters, offices } = change;
  const { evidence } = await world.writers.loads.start({ ...job, id, replaces, parameters, offices });
  return { evidence, output: { id, evidence: [...evidence] } };
}

/** Finds the running or the ended run of this order. */
export async function verify(change: LoadStart, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const job = jobOf(change, seen.environment);
  if (job.load.driver.kind === 'publish') return published(change, output);
  const state = await seen.readers.loads.jobs.state(job);
  const out = { id: change.id };
  switch (state.is) {
    case 'none':
      return { verdict: 'not-applied', evidence: [`${name(job)} is not there`], output: {} };
    case 'placed':
      return { verdict: 'not-applied', evidence: [state.where], output: {} };
    case 'running':
    case 'ended': {
      if (!isOurs(change, job, state.id))
        return { verdict: 'not-applied', evidence: [`${state.where} is of another order, ${state.id}`], output: {} };
      const how = state.is === 'running' ? 'runs' : `has ended with exit code ${state.exitCode ?? 'unknown'}`;
      return { verdict: 'applied', evidence: [`${state.where} ${how}`, `it is order ${change.id}`], output: out };
    }
    default:
      return state satisfies never;
  }
}

/** One that is there all the time has no order of its own: another start than the one before is this one. */
function isOurs(change: LoadStart, { load }: LoadJob, id: string): boolean {
  return load.driver.kind === 'docker-start' ? id !== change.replaces : id === change.id;
}

/** Nothing is left of a message to look for: only the broker's answer, if it was heard, tells. */
function published(change: LoadStart, output: JsonObject | null): Verified {
  const said = output?.['evidence'];
  if (Array.isArray(said)) return { verdict: 'applied', evidence: said.map(String), output: { id: change.id } };
  return {
    verdict: 'unknown',
    evidence: [`the messages with the id ${change.id} may have been published; the broker's answer was not heard`],
    output: {},
  };
}

function name({ load, date }: LoadJob): string {
  return `a run of ${load.name} for ${date}`;
}
