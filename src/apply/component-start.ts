import type { ComponentStart } from '../core/change-component.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { componentOf } from './component-of.ts';
import { appliedStart, followOrdered, logBefore, verifiedStart } from './follow-start.ts';
import type { Seen, World } from './world.ts';

/** Starts it and follows its log to an end. */
export async function apply(change: ComponentStart, world: World): Promise<Applied> {
  const component = componentOf(change.component, world);
  const before = await logBefore(component, world);
  const { evidence } = await world.writers.components.start(component);
  return appliedStart(component, evidence, await followOrdered(component, before, world));
}

/** After a crash in between it is followed once more: it may still be starting. */
export async function verify(change: ComponentStart, seen: Seen, output: JsonObject | null): Promise<Verified> {
  return verifiedStart(componentOf(change.component, seen), change.before, seen, output);
}
