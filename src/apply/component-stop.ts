import type { ComponentStop } from '../core/change-component.ts';
import type { Applied, Verified } from '../core/run.ts';
import { componentOf } from './component-of.ts';
import type { Seen, World } from './world.ts';

export async function apply(change: ComponentStop, world: World): Promise<Applied> {
  return { ...(await world.writers.components.stop(componentOf(change.component, world))), output: {} };
}

/** One that runs with another start was stopped, and somebody started it again. */
export async function verify(change: ComponentStop, seen: Seen): Promise<Verified> {
  const { is, evidence, start } = await seen.readers.components.process(componentOf(change.component, seen));
  if (is === 'unknown') return { verdict: 'unknown', evidence: [evidence], output: {} };
  if (is !== 'running') return { verdict: 'applied', evidence: [evidence], output: {} };
  if (change.start !== null && start !== change.start) {
    return { verdict: 'applied', evidence: [`${evidence}, started again since`], output: {} };
  }
  return { verdict: 'not-applied', evidence: [evidence], output: {} };
}
