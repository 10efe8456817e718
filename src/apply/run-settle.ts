import { isSettled } from '../core/fold.ts';
import type { RunSettle } from '../core/load-changes.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Writes into the other run's journal that it is made good, and by which run. */
export async function apply({ run, target, reason }: RunSettle, world: World): Promise<Applied> {
  await world.writers.runs.acknowledge(run, target, `${reason} (${world.run})`);
  return { evidence: [`run ${run} is acknowledged`], output: {} };
}

export async function verify({ run }: RunSettle, { readers }: Seen): Promise<Verified> {
  const found = (await readers.runs.list()).find((one) => one.run === run);
  const settled = found?.state != null && isSettled(found.state);
  const evidence = [settled ? `run ${run} is settled` : `run ${run} is not settled`];
  return { verdict: settled ? 'applied' : 'not-applied', evidence, output: {} };
}
